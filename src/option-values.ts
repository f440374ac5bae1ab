import type { isolationNames, ulimitNames } from './option-words.ts'

/** Source of a secret's value: a file, a variable of `env`, or the value itself. */
export type SecretSource =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly value: Uint8Array | string }

/** Bill of materials (SPDX) to make for the result. */
export interface SbomRequest {
  readonly type: 'sbom'
  /** Image of a scanner to run. Default: the files are read, and nothing is run. */
  readonly generator?: string
  /** Parameters of the scanner: `key` arrives as `BUILDKIT_SCAN_key`. Default: none. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** Provenance (SLSA) to make for the result. */
export interface ProvenanceRequest {
  readonly type: 'provenance'
  /**
   * `min` leaves out values of arguments and labels, ids of secrets, the Dockerfile and the steps.
   * Default: `max`.
   */
  readonly mode?: 'min' | 'max'
  /** Version of the SLSA predicate. Default: `v1`. */
  readonly version?: 'v1' | 'v0.2'
  /** Identity of the builder: a URI. Default: empty. */
  readonly builderId?: string
  /** Name of the file in outputs that are files. Default: `provenance.json`. */
  readonly filename?: string
  /** Assurance of the caller that building again gives the same result. Default: false. */
  readonly reproducible?: boolean
  /** Only with images, not as a file in `local` and `tar` outputs. Default: false. */
  readonly inlineOnly?: boolean
  /**
   * Fails instead of leaving a dependency out; a directory of the caller counts as one. Default:
   * false.
   */
  readonly completeMaterials?: boolean
}

/** Attestation to make for the result, as in-toto statement. The last request of a type counts. */
export type AttestationRequest = SbomRequest | ProvenanceRequest

/** Text of a Dockerfile that is not a file. */
export interface DockerfileText {
  readonly text: string
  /** Name in messages. Default: `Dockerfile`. */
  readonly name?: string
}

/** Facts about the git working tree of the context, for provenance. */
export interface GitOptions {
  /** Commit and remote. Default: true. */
  readonly info?: boolean
  /**
   * Mark the commit where files differ from it; git then runs the filters that the tree configures.
   * Default: false.
   */
  readonly checkDirty?: boolean
}

/** Repetition of requests to registries that failed for a temporary reason. */
export interface RetryOptions {
  /** Repetitions after the first attempt. Default: 4. */
  readonly times?: number
  /** Milliseconds before the first repetition; later ones wait longer. Default: 200. */
  readonly delay?: number
}

/** Sample of cached steps to do again. */
export interface CacheVerify {
  /** Probability of each cached step to be chosen: above 0, at most 100. */
  readonly percent: number
  /** Decides which steps are chosen; the same seed chooses the same ones. Default: random. */
  readonly seed?: string
  /** Fail when a result differs. Default: that of `cacheStrict`; else a warning. */
  readonly strict?: boolean
}

/** Path of this machine that every RUN sees. Its contents are not part of any cache key. */
export interface Volume {
  /** Absolute. */
  readonly source: string
  /** Absolute path in the root file system of RUN. */
  readonly target: string
  /** Default: false. */
  readonly readonly?: boolean
}

/** Name of a resource limit. */
export type UlimitName = (typeof ulimitNames)[number]

/** Isolation of RUN. */
export type Isolation = (typeof isolationNames)[number]

/**
 * One number for both limits, or one for each; -1 is unlimited. The unit is that of the resource.
 */
export type Ulimit = number | { readonly soft: number; readonly hard: number }

/** Resource limits by name. */
export type Ulimits = { readonly [K in UlimitName]?: Ulimit }

/**
 * A file of a context: its content in memory, a file of this machine, or a symbolic link. A mode is
 * permission bits; default: 0o644, or that of the file. Owners are root.
 */
export type ContextFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly file: string; readonly mode?: number }
  | { readonly link: string }

/** Files of a context by path, with `/` between names. `.dockerignore` counts as in a directory. */
export type ContextFiles = Readonly<Record<string, ContextFile>>

/**
 * Files that instructions read from: a path or URL, a tar as bytes or as stream, which may be
 * compressed, or files.
 */
export type BuildContext = string | URL | Uint8Array | AsyncIterable<Uint8Array> | ContextFiles
