import type { Limits } from '@tsbuild/isolate'
import type { Digest, Platform } from '@tsbuild/oci'
import type { Output } from './export/output.ts'
import type { Reporter } from './progress/event.ts'

/** Source of a secret's value. */
export type SecretSource =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly value: Uint8Array | string }

/**
 * Attestation to make for the result, as in-toto statement. At most one request of each type
 * counts: the last one.
 */
export type AttestationRequest =
  | {
      /** A bill of materials (SPDX) made by a scanner. */
      readonly type: 'sbom'
      /** Image of the scanner. Default: the files are read, and nothing is run. */
      readonly generator?: string
      /** Parameters of the scanner: `key` arrives as `BUILDKIT_SCAN_key`. */
      readonly parameters: Readonly<Record<string, string>>
    }
  | {
      /** Provenance (SLSA). */
      readonly type: 'provenance'
      /**
       * `min` leaves out values of arguments and labels, ids of secrets, the Dockerfile and the
       * steps. Default: `max`.
       */
      readonly mode?: 'min' | 'max'
      /** Version of the SLSA predicate. Default: `v1`. */
      readonly version?: 'v1' | 'v0.2'
      /** Identity of the builder: a URI. */
      readonly builderId?: string
      /** Name of the file in outputs that are files. Default: `provenance.json`. */
      readonly filename?: string
      /** The caller's word that building again gives the same result. */
      readonly reproducible?: boolean
      /** Only with images, not as a file in `local` and `tar` outputs. */
      readonly inlineOnly?: boolean
      /** Fails instead of leaving a dependency out; a directory of the caller counts as one. */
      readonly completeMaterials?: boolean
    }

/** Options of a build. Everything but `context` has the default of `docker buildx build`. */
export interface BuildOptions {
  /** A directory, a git URL, an HTTP URL of a Dockerfile or tar, or a tar stream. */
  readonly context: string | AsyncIterable<Uint8Array>
  /**
   * Path of the Dockerfile, or its text. Default: `Dockerfile`, then `Containerfile`, in the
   * context.
   */
  readonly dockerfile?: string | { readonly text: string; readonly name?: string }
  /**
   * Named contexts: `name` → directory, `docker-image://…`, `oci-layout://…`, git or HTTP URL,
   * `target:stage`.
   */
  readonly contexts?: Readonly<Record<string, string>>
  readonly target?: string
  /** `os/arch[/variant]`; default: this machine's. */
  readonly platforms?: readonly string[]
  readonly args?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  /** As `--annotation` takes them: `[types:]key=value`. */
  readonly annotations?: readonly string[]
  /** Names of the result. */
  readonly tags?: readonly string[]
  /** Default: the image in the local store under its tags. */
  readonly outputs?: readonly Output[]
  /** Default: none. */
  readonly attestations?: readonly AttestationRequest[]
  /** Tell in the result how it was made; `min` without the steps and without this one run. */
  readonly recordProvenance?: 'min' | 'max'
  /** Facts about the git working tree of the context, for provenance. */
  readonly git?: {
    /** Commit and remote. Default true. */
    readonly info?: boolean
    /**
     * Mark the commit where files differ from it; git then runs the filters the tree configures.
     * Default false.
     */
    readonly checkDirty?: boolean
  }
  /** Do not look up anything, or not for these stages. */
  readonly noCache?: boolean | readonly string[]
  /** Ask the registry even for images that are in the local store. */
  readonly pull?: boolean
  /**
   * For RUN without `--network`. `default` reaches loopback services of the machine; `private`
   * needs pasta.
   */
  readonly network?: 'default' | 'host' | 'private' | 'none'
  /** `host:ip`. */
  readonly addHosts?: readonly string[]
  /** Bytes. */
  readonly shmSize?: number
  readonly ulimits?: readonly string[]
  /**
   * Of each RUN, in a control group (cgroup v2) of its own; part of no key. A limit that cannot be
   * set here is left out with a warning.
   */
  readonly limits?: Limits
  /** Absolute paths of the machine that every RUN sees. What is in them decides about no cache. */
  readonly volumes?: readonly { readonly source: string; readonly target: string; readonly readonly: boolean }[]
  readonly secrets?: Readonly<Record<string, SecretSource>>
  /** `id` → agent socket or private key files; `default` is what RUN asks for without id. */
  readonly ssh?: Readonly<Record<string, readonly string[]>>
  /**
   * Grants: `network.host`, `security.insecure`, `device`, `device=NAME[,alias=REQUEST]`,
   * `secret-in-layer`.
   */
  readonly allow?: readonly string[]
  /**
   * Devices that every RUN is given: names of the Container Device Interface, or device files as
   * `source[:target]`.
   */
  readonly devices?: readonly string[]
  /**
   * Directories with device specifications (Container Device Interface, JSON); default: `/etc/cdi`
   * and `/var/run/cdi`.
   */
  readonly cdiDirectories?: readonly string[]
  /** Name of a rung, or `oci` for an OCI runtime; default: the strongest rung that works. */
  readonly isolation?: string
  /** Directory of the store; default: `$TSBUILD_ROOT`, else the user's data directory. */
  readonly root?: string
  /** Registries to talk plain HTTP or unverified TLS to, besides loopback. */
  readonly insecureRegistries?: readonly string[]
  readonly report?: Reporter
  /** Ends the build, which then rejects with code `ABORTED`. */
  readonly signal?: AbortSignal
}

/** Result of a build. */
export interface BuildResult {
  /** Digest of the image's manifest, or of its index; absent when no output needs an image. */
  readonly digest?: Digest
  /** Digest of the image config, for one platform. */
  readonly configDigest?: Digest
  readonly mediaType?: string
  readonly size?: number
  /**
   * Annotations for the descriptor of the image in an index: those requested with
   * `manifest-descriptor` or `index-descriptor`.
   */
  readonly annotations?: Readonly<Record<string, string>>
  /** Absent for an index. */
  readonly platform?: Platform
  /** Names the image was given. */
  readonly names: readonly string[]
  /** With `recordProvenance`: platform → SLSA v0.2 predicate. */
  readonly provenance?: Readonly<Record<string, unknown>>
  /** One line for each output: what is where. */
  readonly outputs: readonly string[]
  /** Steps found in the cache and steps done. */
  readonly steps: { readonly cached: number; readonly run: number }
  readonly warnings: readonly BuildWarning[]
}

export interface BuildWarning {
  readonly code: string
  readonly message: string
  readonly line?: number
  readonly url?: string
}

/** One step of a plan: what would happen to it and why. */
export interface PlanStep {
  readonly name: string
  readonly line?: number
  readonly platform: string
  /** `unknown`: depends on inputs that have to be built first. */
  readonly state: 'hit' | 'miss' | 'unknown'
  /** For a miss: what differs or what it depends on. */
  readonly reason?: string
  /** Definition key, stable across machines. */
  readonly key?: Digest
}

/** Steps that a build would run, found without running any. */
export interface Plan {
  /** Stable across machines if and only if everything that decides the result is equal. */
  readonly id: Digest
  readonly steps: readonly PlanStep[]
  readonly warnings: readonly BuildWarning[]
}
