import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);

/** A git repository on this machine, which Argo CD clones as it would any other. */
export class Repository {
  readonly url: string;
  readonly #git: string;
  readonly #folder: string;

  private constructor(git: string, folder: string) {
    this.#git = git;
    this.#folder = folder;
    this.url = `file://${folder}`;
  }

  static async create(git: string, folder: string): Promise<Repository> {
    await mkdir(folder, { recursive: true });
    const repository = new Repository(git, folder);
    await repository.#run('init', '--quiet', '--initial-branch=main');
    return repository;
  }

  /** Puts a folder of the project into it; committed with the next object. */
  async copy(from: string, to: string): Promise<void> {
    await cp(from, join(this.#folder, to), { recursive: true });
  }

  /** Commits a file with one object; back with the revision. */
  async commit(path: string, object: object): Promise<string> {
    const file = join(this.#folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, stringify(object));
    await this.#run('add', '--all');
    await this.#run('commit', '--quiet', '--allow-empty', `--message=${path}`);
    return (await this.#run('rev-parse', 'HEAD')).trim();
  }

  async #run(...args: string[]): Promise<string> {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    const { stdout } = await run(this.#git, [...author, ...args], {
      cwd: this.#folder,
      // Settings of whoever runs the test stay out.
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
    return stdout;
  }
}
