/** Whether a host, as an address or a URL has it, is this machine itself, by its writing alone: no name is looked up. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host);
