{{/*
What the operator needs where it watches: one line a kind, each with what needs it in src/kube/rights.ts. Whether bound by a Role or a ClusterRole, the rules are these.
*/}}
{{- define "leadplatform.rules" -}}
- { apiGroups: [leadplatform.io], resources: [leadplatforms], verbs: [list, watch] }
- { apiGroups: [leadplatform.io], resources: [leadplatforms/status], verbs: [patch] }
- { apiGroups: [''], resources: [configmaps], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [''], resources: [serviceaccounts], verbs: [get, list, watch, create, patch] }
- { apiGroups: [''], resources: [services], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [apps], resources: [deployments], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [apps], resources: [statefulsets], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [policy], resources: [poddisruptionbudgets], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [batch], resources: [cronjobs], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [batch], resources: [jobs], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [gateway.networking.k8s.io], resources: [httproutes], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [postgresql.cnpg.io], resources: [clusters], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [rabbitmq.com], resources: [rabbitmqclusters], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [elasticsearch.k8s.elastic.co], resources: [elasticsearches], verbs: [get, list, watch, create, patch, delete] }
- { apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [list, watch] }
- { apiGroups: [keda.sh], resources: [scaledobjects], verbs: [list, watch] }
- { apiGroups: [''], resources: [pods], verbs: [list] }
- { apiGroups: [''], resources: [resourcequotas, limitranges], verbs: [list] }
- { apiGroups: [metrics.k8s.io], resources: [pods], verbs: [list] }
- { apiGroups: [''], resources: [events], verbs: [create, patch] }
{{- with .Values.rbac.secretNames }}
- { apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: {{ toJson . }} }
{{- else }}
- { apiGroups: [''], resources: [secrets], verbs: [get] }
{{- end }}
{{- end }}
