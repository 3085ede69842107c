/**
 * Annotations of Pods that are orders: injectors, container runtimes, networks and agents of the node read them, and act on
 * them with rights of their own. So an author who may make no Pod could have by them what no field of a LeadPlatform gives: a
 * folder of the node, another image, a command, a Secret, another ServiceAccount.
 *
 * Of a domain that has such keys every key counts as one, but for those that are known to be harmless: an injector that
 * learns a new key does not open a hole here.
 */

interface Reader {
  /** Who acts on them, as it ends the sentence `has KEY, an order to …`. */
  readonly name: string;
  readonly keys: RegExp;
  /** Those of its keys that ask for nothing beyond the Pod. Left out: none. */
  readonly harmless?: RegExp;
}

const READERS: readonly Reader[] = [
  {
    // userVolume mounts folders of the node, proxyImage and templates bring other containers, proxy.istio.io/config both.
    name: "Istio's injector",
    keys: /^(?:sidecar|inject|proxy)\.istio\.io\//,
    harmless:
      /^sidecar\.istio\.io\/(?:inject|nativeSidecar|proxy(?:CPU|Memory)(?:Limit)?|(?:agentLog|componentLog|log)Level|rewriteAppHTTPProbers|stats\w+|extraStatTags)$/,
  },
  {
    // Images; and close-wait-timeout makes the init container privileged.
    name: "Linkerd's injector",
    keys: /^config\.(?:alpha\.|beta\.)?linkerd\.io\//,
    harmless:
      /^config\.(?:alpha\.|beta\.)?linkerd\.io\/(?:proxy-(?:cpu|memory|ephemeral-storage)-(?:limit|request)|proxy-log-(?:level|format)|proxy-(?:inbound|outbound)-connect-timeout|proxy-await|proxy-enable-native-sidecar|proxy-wait-before-exit-seconds|shutdown-grace-period|access-log|opaque-ports|skip-(?:inbound|outbound)-ports)$/,
  },
  {
    // agent-extra-secret and tls-secret mount any Secret; agent-json-patch and agent-image make any container.
    name: "Vault's injector",
    keys: /^vault\.hashicorp\.com\//,
    harmless:
      /^vault\.hashicorp\.com\/(?:agent-inject|agent-inject-(?:secret|template|file|perms)-.+|agent-pre-populate(?:-only)?|agent-(?:limits|requests)-(?:cpu|mem|ephemeral)|agent-init-first|agent-revoke-(?:on-shutdown|grace)|role|log-(?:level|format)|secret-volume-path.*|preserve-secret-case.*|error-on-missing-key.*)$/,
  },
  {
    // vault-serviceaccount asks for another ServiceAccount, vault-tls-secret for a Secret.
    name: "Bank-Vaults' webhook",
    keys: /^(?:vault|secrets-webhook)\.security\.(?:banzaicloud|bank-vaults)\.io\//,
  },
  {
    // consul-sidecar-user-volume mounts folders of the node.
    name: "Consul's injector",
    keys: /^consul\.hashicorp\.com\//,
    harmless:
      /^consul\.hashicorp\.com\/(?:connect-inject|connect-service-upstreams|transparent-proxy(?:-.+)?|sidecar-proxy-(?:cpu|memory)-(?:limit|request))$/,
  },
  {
    // sidecar-image; env-from-secret, app-token-secret and api-token-secret name Secrets.
    name: "Dapr's injector",
    keys: /^(?:components\.)?dapr\.io\//,
    harmless:
      /^dapr\.io\/(?:enabled|app-port|app-protocol|log-level|log-as-json|sidecar-(?:cpu|memory)-(?:limit|request))$/,
  },
  {
    // container-patches change the injected containers at will.
    name: "Kuma's injector",
    keys: /^kuma\.io\//,
    harmless: /^kuma\.io\/sidecar-injection$/,
  },
  {
    // secretMounts and volumeMounts.
    name: "App Mesh's injector",
    keys: /^appmesh\.k8s\.aws\//,
    harmless: /^appmesh\.k8s\.aws\/sidecarInjectorWebhook$/,
  },
  {
    // custom-image; config.mode mounts a socket of the node; checks and logs have the agent of the node ask and read anything.
    name: 'Datadog',
    keys: /^(?:ad|admission|apm|service-discovery)\.datadoghq\.com\//,
    harmless: /^(?:ad\.datadoghq\.com\/tags|admission\.datadoghq\.com\/(?:enabled|[a-z]+-lib\.version))$/,
  },
  {
    // installer-url has a Pod load code from anywhere.
    name: 'Dynatrace',
    keys: /^oneagent\.dynatrace\.com\//,
    harmless: /^oneagent\.dynatrace\.com\/inject$/,
  },
  {
    // Hints, by which the agent of the node reads any file and asks any host.
    name: 'Elastic Beats',
    keys: /^co\.elastic\.(?:logs|metrics|monitor|hints)/,
    harmless: /^co\.elastic\.logs(?:\.[-\w]+)?\/(?:enabled|multiline\..+)$/,
  },
  { name: "Conjur's injector", keys: /^conjur\.org\// },
  {
    // Devices of the node, its kernel's settings, and what the sandbox is made of.
    name: 'the container runtime',
    keys: /^(?:io\.kubernetes\.cri-o\.|io\.katacontainers\.|dev\.gvisor\.|cdi\.k8s\.io\/)|^(?:[-.\w]+\.)?(?:crio\.io|kubernetes\.cri-o\.io)(?:\/|$)|\.nri\.(?:containerd\.)?io(?:\/|$)/,
  },
  {
    // Other networks than the Pod's own, and addresses of others.
    name: 'the network of the cluster',
    keys: /^(?:k8s\.v1\.cni\.cncf\.io|v1\.multus-cni\.io|cni\.projectcalico\.org|k8s\.ovn\.org|ovn\.kubernetes\.io)\//,
  },
  {
    // The rights of another identity at the cloud. The second one is a label.
    name: 'the identities of the cloud',
    keys: /^(?:iam\.amazonaws\.com\/|aadpodidbinding$)/,
  },
];

/** Who acts on an annotation or a label of Pods with rights of its own; undefined where nothing is known to. */
export function whoActsOn(key: string): string | undefined {
  const reader = READERS.find(({ keys }) => keys.test(key));
  return reader === undefined || reader.harmless?.test(key) === true ? undefined : reader.name;
}
