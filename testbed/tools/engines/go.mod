module leadplatform.io/testbed/engines

go 1.26.0

require (
	github.com/cloudnative-pg/cloudnative-pg v1.27.0
	github.com/elastic/cloud-on-k8s/v3 v3.5.0
	github.com/rabbitmq/cluster-operator/v2 v2.10.0
	sigs.k8s.io/gateway-api v1.6.3
)
