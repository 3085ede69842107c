/** `leadplatform status`: what the platforms of a cluster are doing, with live numbers where the operator answers. */
import type { CommandModule } from '../../src/cli/command.ts';
import { EXIT, UsageError } from '../../src/cli/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { oneOf } from '../../src/cli/one-of.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { LEAD_PLATFORMS } from '../leadplatform/kinds.ts';
import type { LeadPlatformObject } from '../leadplatform/kinds.ts';
import { isNotFound, isTypeMissing, notKubernetes } from '../runtime/errors.ts';
import { Resources, pathOf } from '../runtime/resources.ts';
import { askedOf } from './cluster-errors.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, connect } from './cluster-options.ts';
import type { LiveNumbers } from './live-answer.ts';
import { type AskedPlatform, liveNumbers } from './live-numbers.ts';
import { goesToSeveral, ownToken, tokenIn } from './shown-token.ts';
import type { PlatformView } from './status-view.ts';
import { renderList, renderPlatform } from './status-view.ts';

const HELP = `Usage: leadplatform status [NAME] [options]

Shows one platform, or a line for each.

Options:
${CLUSTER_HELP}
  -n, --namespace NAME   where the platform is. Default: that of the context;
                         without NAME, all namespaces
  --operator URL         address of an operator that runs outside the cluster,
                         like http://127.0.0.1:8082; https, or on loopback
  --token-file FILE      the bearer token that the operator is shown, or - for
                         standard input. Default: that of the kubeconfig
  --send-token           show the operator your token also where it comes from a
                         helper program or a login of the kubeconfig, and may open
                         more than this cluster; or where Pods of several
                         namespaces would see it
  --no-live              ask no operator: show the last status write
  -o, --output FORMAT    table or json. Default: table

Live numbers come from the Pod that the status of the LeadPlatform names, by a
port-forward. You have to be allowed to forward ports there, and to get the
LeadPlatform. Where there are none, those of the last status write are shown,
their time, and why.

The operator sees the token, and so can those who administer its namespace. Use one
that is good for nothing else: of a ServiceAccount that may get the LeadPlatform,
for this audience. One that is written in a kubeconfig can be worth more than this
cluster, too: that of Rancher is good for all that its user may do there.

  kubectl create token NAME -n leads --audience leadplatform.io |
    leadplatform status brain -n leads --token-file - --context my-cluster

Exit codes: 0 shown, 1 failed, 2 wrong usage, 5 there is no such platform,
6 the cluster has no LeadPlatforms (their definition is not installed), 7 you may
not read them, 8 the API server does not answer.
`;

const EXIT_NOT_FOUND = 5;
/** A person waits: what does not answer soon is told. */
const PATIENCE = { timeoutMs: 10_000, retries: 1 };
async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLUSTER_OPTIONS,
      operator: { type: 'string' },
      'token-file': { type: 'string' },
      'send-token': { type: 'boolean', default: false },
      'no-live': { type: 'boolean', default: false },
      output: { type: 'string', short: 'o', default: 'table' },
    },
  });
  const { kubeconfig, context, namespace, operator } = values;
  if (positionals.length > 1) throw new UsageError('status takes one NAME, or none for all platforms');
  const output = oneOf('--output', values.output, ['table', 'json']);
  if (operator !== undefined && !(/^https?:\/\//.test(operator) && URL.canParse(operator))) {
    throw new UsageError(`--operator is "${operator}"; write an address like http://127.0.0.1:8082`);
  }
  if (values['token-file'] !== undefined && values['send-token'])
    throw new UsageError('--token-file and --send-token each name a token to show; keep one of them');
  const given = values['token-file'] === undefined ? undefined : await tokenIn(io, values['token-file']);
  const kube = await connect({ kubeconfig, context });
  try {
    const resources = new Resources(kube.client(PATIENCE));
    /** How each of these is looked at: who would see the token goes by all of them. */
    const viewIn = (objects: readonly LeadPlatformObject[]) => {
      // An address that the user gave is one operator.
      const isForSeveral = operator === undefined && goesToSeveral(objects.map(asked));
      const live = values['no-live']
        ? async (): Promise<LiveNumbers> => ({ unavailable: 'They were not asked for (--no-live).' })
        : liveNumbers({
            resources,
            server: kube.server,
            url: operator,
            token: async () =>
              given ?? ownToken(await kube.bearerToken(), { mayBeSent: values['send-token'], isForSeveral }),
          });
      return async (object: LeadPlatformObject): Promise<PlatformView> => {
        const numbers = await live(asked(object));
        return 'view' in numbers
          ? { object, live: numbers.view }
          : { object, live: undefined, unavailable: numbers.unavailable };
      };
    };
    const [name] = positionals;
    if (name === undefined) {
      const { items } = await askedOf(kube, `list LeadPlatforms ${inNamespace(namespace)}`, () =>
        resources.list(LEAD_PLATFORMS, { namespace }),
      );
      const views = await Promise.all(items.map(viewIn(items)));
      io.out.write(output === 'json' ? json(views.map(asJson)) : renderList(views, io.out));
      return EXIT.ok;
    }
    const where = namespace ?? kube.namespace;
    const object = await askedOf(kube, `read LeadPlatforms ${inNamespace(where)}`, () =>
      findPlatform(resources, { namespace: where, name }),
    );
    if (object === undefined) {
      io.err.write(`There is no LeadPlatform "${name}" in namespace "${where}"; see kubectl get lp -A\n`);
      return EXIT_NOT_FOUND;
    }
    const found = await viewIn([object])(object);
    io.out.write(output === 'json' ? json(asJson(found)) : renderPlatform(found, io.now(), io.out));
    return EXIT.ok;
  } finally {
    await kube.close();
  }
}

const asked = ({ metadata: { namespace = '', name }, status }: LeadPlatformObject): AskedPlatform => ({
  namespace,
  name,
  operator: status?.operator,
});

const inNamespace = (namespace: string | undefined): string =>
  namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;

/** Undefined where there is none of this name; rejects where the cluster does not even know the type. */
async function findPlatform(
  resources: Resources,
  ref: { readonly namespace: string; readonly name: string },
): Promise<LeadPlatformObject | undefined> {
  try {
    const found: Partial<LeadPlatformObject> = await resources.get(LEAD_PLATFORMS, ref);
    if (found.metadata === undefined)
      throw notKubernetes('GET', pathOf(LEAD_PLATFORMS, ref.namespace, ref.name));
    return found as LeadPlatformObject;
  } catch (error) {
    if (isNotFound(error) && !isTypeMissing(error)) return undefined;
    throw error;
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const asJson = ({ object, live, unavailable }: PlatformView) => ({
  namespace: object.metadata.namespace,
  name: object.metadata.name,
  status: object.status ?? {},
  live: live ?? null,
  ...(unavailable !== undefined && { liveUnavailable: unavailable }),
});

export const statusCommand: CommandModule = { help: HELP, run };
