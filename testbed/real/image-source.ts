/** What an image is built of. */
export interface ImageSource {
  /** Name and tag under which a pod finds it, such as `localhost/leadplatform-operator:e2e`. */
  tag: string;
  dockerfile: string;
  /** The folder that `COPY` takes from. */
  context: string;
  /** Makes what is copied, before anything is looked at. */
  prepare?: () => Promise<void>;
  /** Files and folders of the context that the image is made of; all of it when left out. */
  inputs?: readonly string[];
  /** Beside `BASE`, which is always the local stand-in for `node:24-slim`. */
  buildArgs?: Readonly<Record<string, string>>;
}
