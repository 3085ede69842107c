/**
 * Annotations of Pods that are orders: injectors, container runtimes, networks and agents of the node read them, and act on
 * them with rights of their own. So an author who may make no Pod could have by them what no field of a LeadPlatform gives: a
 * folder of the node, another image, a command, a Secret, another ServiceAccount.
 *
 * Of a domain that has such keys every key counts as one, but for those that are known to be harmless: an injector that
 * learns a new key does not open a hole here. And a harmless key is one with a harmless value: injectors paste values into
 * templates of whole Pods, where a line break or a quote ends the text and begins a field.
 */

interface Reader {
  /** Who acts on them, as it ends the sentence `has KEY, an order to …`. */
  readonly name: string;
  readonly keys: RegExp;
  /** Those of its keys that ask for nothing beyond the Pod, with what their values may be. Left out: none. */
  readonly harmless?: readonly (readonly [keys: RegExp, values: RegExp])[];
}

/** A value that is one word to any template: no line break, space, quote or bracket. */
const WORD = /^[-\w.,:/*%=]*$/;
const SWITCH = /^(?:true|false)$/;
/** Texts for a reader that parses them, and pastes them nowhere. */
const TEXT = /^/;

/** A domain and all below it. */
const domain = (name: string): string => `(?:[-\\w.]+\\.)?${name.replaceAll('.', '\\.')}/`;
const domains = (...names: readonly string[]): RegExp => new RegExp(`^(?:${names.map(domain).join('|')})`);

const READERS: readonly Reader[] = [
  {
    // userVolume mounts folders of the node, proxyImage and templates bring other containers, proxy.istio.io/config both.
    name: "Istio's injector",
    keys: domains('sidecar.istio.io', 'inject.istio.io', 'proxy.istio.io'),
    harmless: [
      [
        /^sidecar\.istio\.io\/(?:inject|nativeSidecar|proxy(?:CPU|Memory)(?:Limit)?|(?:agentLog|componentLog|log)Level|rewriteAppHTTPProbers|stats\w+|extraStatTags)$/,
        WORD,
      ],
      [
        /^traffic\.sidecar\.istio\.io\/(?:(?:in|ex)clude(?:In|Out)bound(?:Ports|IPRanges)|excludeInterfaces)$/,
        WORD,
      ],
    ],
  },
  {
    // Images; and close-wait-timeout makes the init container privileged.
    name: "Linkerd's injector",
    keys: /^config\.(?:alpha\.|beta\.)?linkerd\.io\//,
    harmless: [
      [
        /^config\.(?:alpha\.|beta\.)?linkerd\.io\/(?:proxy-(?:cpu|memory|ephemeral-storage)-(?:limit|request)|proxy-log-(?:level|format)|proxy-(?:inbound|outbound)-connect-timeout|proxy-await|proxy-enable-native-sidecar|proxy-wait-before-exit-seconds|shutdown-grace-period|access-log|opaque-ports|skip-(?:inbound|outbound)-ports)$/,
        WORD,
      ],
    ],
  },
  {
    // agent-extra-secret and tls-secret mount any Secret; agent-json-patch and agent-image make any container.
    name: "Vault's injector",
    keys: domains('vault.hashicorp.com'),
    harmless: [
      [
        /^vault\.hashicorp\.com\/(?:agent-inject|agent-inject-(?:secret|file|perms)-.+|agent-pre-populate(?:-only)?|agent-(?:limits|requests)-(?:cpu|mem|ephemeral)|agent-init-first|agent-revoke-(?:on-shutdown|grace)|role|log-(?:level|format)|secret-volume-path.*|preserve-secret-case.*|error-on-missing-key.*)$/,
        WORD,
      ],
      // What is rendered in the Pod, with what its own role may read.
      [/^vault\.hashicorp\.com\/agent-inject-template-.+$/, TEXT],
    ],
  },
  {
    // vault-serviceaccount asks for another ServiceAccount, vault-tls-secret for a Secret.
    name: "Bank-Vaults' webhook",
    keys: /^(?:vault|secrets-webhook)\.security\.(?:banzaicloud|bank-vaults)\.io\//,
  },
  {
    // consul-sidecar-user-volume mounts folders of the node.
    name: "Consul's injector",
    keys: domains('consul.hashicorp.com'),
    harmless: [
      [
        /^consul\.hashicorp\.com\/(?:connect-inject|connect-service-upstreams|transparent-proxy(?:-.+)?|sidecar-proxy-(?:cpu|memory)-(?:limit|request))$/,
        WORD,
      ],
    ],
  },
  {
    // sidecar-image; env-from-secret, app-token-secret and api-token-secret name Secrets.
    name: "Dapr's injector",
    keys: domains('dapr.io'),
    harmless: [
      [
        /^dapr\.io\/(?:enabled|app-port|app-protocol|log-level|log-as-json|sidecar-(?:cpu|memory)-(?:limit|request))$/,
        WORD,
      ],
    ],
  },
  {
    // container-patches change the injected containers at will.
    name: "Kuma's injector",
    keys: domains('kuma.io'),
    harmless: [[/^kuma\.io\/sidecar-injection$/, WORD]],
  },
  {
    // secretMounts and volumeMounts.
    name: "App Mesh's injector",
    keys: domains('appmesh.k8s.aws'),
    harmless: [[/^appmesh\.k8s\.aws\/sidecarInjectorWebhook$/, WORD]],
  },
  {
    // custom-image; config.mode mounts a socket of the node; checks and logs have the agent of the node ask and read anything.
    name: 'Datadog',
    keys: domains('datadoghq.com'),
    harmless: [
      [/^tags\.datadoghq\.com\/.+$/, WORD],
      [/^admission\.datadoghq\.com\/(?:enabled|[a-z]+-lib\.version)$/, WORD],
      // JSON; %%env_…%% would be the agent's own environment.
      [/^ad\.datadoghq\.com\/tags$/, /^[^%]*$/],
    ],
  },
  {
    // installer-url has a Pod load code from anywhere.
    name: 'Dynatrace',
    keys: domains('dynatrace.com'),
    harmless: [
      [/^(?:oneagent|data-ingest)\.dynatrace\.com\/inject$/, SWITCH],
      [/^metadata\.dynatrace\.com\/.+$/, WORD],
    ],
  },
  {
    // Hints, by which the agent of the node reads any file and asks any host. It puts its own settings in for ${…}.
    name: 'Elastic Beats',
    keys: /^co\.elastic\.(?:logs|metrics|monitor|hints)/,
    harmless: [
      [/^co\.elastic\.logs(?:\.[-\w]+)?\/enabled$/, SWITCH],
      [/^co\.elastic\.logs(?:\.[-\w]+)?\/multiline\..+$/, /^(?:(?!\$\{)[^\n])*$/],
    ],
  },
  {
    // Names an Instrumentation or a collector, of any namespace, with its images.
    name: "OpenTelemetry's operator",
    keys: domains('instrumentation.opentelemetry.io', 'sidecar.opentelemetry.io'),
    harmless: [
      [/^(?:instrumentation|sidecar)\.opentelemetry\.io\/inject(?:-\w+)?$/, SWITCH],
      [/^instrumentation\.opentelemetry\.io\/(?:\w+-)?container-names$/, WORD],
    ],
  },
  {
    // They bring what is in a vault with rights of their own.
    name: 'an injector of secrets',
    keys: new RegExp(
      `^(?:akeyless/|${['conjur.org', '1password.com', '1password.io', 'secrets.k8s.aws', 'infisical.com'].map(domain).join('|')})`,
    ),
  },
  {
    // Devices of the node, its kernel's settings, properties of the unit, and what the sandbox is made of.
    name: 'the container runtime',
    keys: /^(?:io\.kubernetes\.cri-o\.|io\.katacontainers\.|io\.containers\.|org\.systemd\.property\.|run\.oci\.|dev\.gvisor\.|cdi\.k8s\.io\/)|^(?:[-.\w]+\.)?(?:crio\.io|kubernetes\.cri-o\.io|noderesource\.dev)(?:\/|$)|\.nri\.(?:containerd\.)?io(?:\/|$)/,
  },
  {
    // Other networks than the Pod's own, addresses of others, and traffic that nobody looks at.
    name: 'the network of the cluster',
    keys: new RegExp(
      `^(?:io\\.cilium[./]|v1\\.multus-cni\\.io/|${[
        'k8s.v1.cni.cncf.io',
        'projectcalico.org',
        'k8s.ovn.org',
        'ovn.kubernetes.io',
        'cilium.io',
        'antrea.io',
        'spidernet.io',
        'networking.gke.io',
        'vpc.amazonaws.com',
      ]
        .map(domain)
        .join('|')})`,
    ),
  },
  {
    name: 'those who set names in DNS',
    keys: domains('external-dns.alpha.kubernetes.io', 'dns.alpha.kubernetes.io'),
  },
  {
    // The rights of another identity at the cloud, and its storage. aadpodidbinding is a label.
    name: 'the identities of the cloud',
    keys: new RegExp(
      `^(?:iam\\.amazonaws\\.com/|aadpodidbinding$|azure\\.workload\\.identity/|gke-gcsfuse/|${[
        'spiffe.io',
        'k8s.aliyun.com',
        'eks.tke.cloud.tencent.com',
      ]
        .map(domain)
        .join('|')})`,
    ),
  },
];

/**
 * Who acts on an annotation or a label of Pods with rights of its own; undefined where nothing is known to, or what it says asks
 * for nothing beyond the Pod.
 */
export function whoActsOn(key: string, value: string): string | undefined {
  const reader = READERS.find(({ keys }) => keys.test(key));
  const isHarmless =
    reader?.harmless?.some(([keys, values]) => keys.test(key) && values.test(value)) ?? false;
  return isHarmless ? undefined : reader?.name;
}
