/** How to get to the server, as the clients want it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The certificate (PEM) to trust. If it is set, everything uses TLS. */
  readonly ca?: string;
}

interface Common {
  readonly server: Target;
  /** Which way of several a client has to do it; shown in the tables. */
  readonly way: string;
}

/**
 * What one client program does, in one process. Paths are absolute, at the server as well as here.
 */
export type Job = Common &
  (
    | { readonly name: 'get'; readonly path: string; readonly to?: string }
    | { readonly name: 'put'; readonly from: string; readonly path: string }
    | {
        readonly name: 'getMany';
        readonly paths: readonly string[];
        /** Where those put the files that cannot discard them. */
        readonly locals: readonly string[];
        /** Bytes of each. */
        readonly size: number;
      }
    | {
        readonly name: 'putMany';
        readonly paths: readonly string[];
        /** Files of the same content, for those that cannot send from memory. */
        readonly locals: readonly string[];
        readonly size: number;
      }
    | { readonly name: 'noop'; readonly count: number }
    | {
        readonly name: 'list';
        readonly path: string;
        /** Where those put the listing that cannot count it. */
        readonly to: string;
      }
  );

/** A job without its server and way. */
export type Plan = Job extends infer J
  ? J extends Job
    ? Omit<J, 'server' | 'way'>
    : never
  : never;
