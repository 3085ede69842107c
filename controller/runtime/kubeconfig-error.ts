/** No cluster was named, or the one that was named is not there. Says what would be right. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}
