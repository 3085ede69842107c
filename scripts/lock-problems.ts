/** What npm would warn of while it installs, read off the lock file instead: `.npmrc` turns warnings off. */

export interface Lock {
  /** By folder, like `node_modules/zod`; the project itself is ''. */
  readonly packages: Readonly<
    Record<string, { readonly deprecated?: string; readonly hasInstallScript?: boolean }>
  >;
}

export interface Manifest {
  /** Packages whose install scripts may run, and those whose may not. */
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 13);

/** One line for each problem of the packages that are installed here; those for other systems are not. */
export function lockProblems(
  { packages }: Lock,
  { allowScripts = {} }: Manifest,
  isInstalled: (folder: string) => boolean,
): string[] {
  return Object.entries(packages)
    .filter(([folder]) => folder !== '' && isInstalled(folder))
    .flatMap(([folder, { deprecated, hasInstallScript }]) => {
      const name = nameOf(folder);
      const lines: string[] = [];
      if (deprecated !== undefined) lines.push(`${name} is deprecated: ${deprecated}`);
      if (hasInstallScript === true && allowScripts[name] === undefined) {
        lines.push(
          `${name} has an install script: read it, then set "${name}" in allowScripts of package.json to true or false`,
        );
      }
      return lines;
    });
}
