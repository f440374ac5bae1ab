import type { Limits } from '@tsbuild/isolate'
import type { Digest, Platform } from '@tsbuild/oci'
import type { CacheSource, CacheTarget } from './cache/cache-options.ts'
import type { Credentials } from './caller-keychain.ts'
import type { Output } from './export/output.ts'
import type { StoreBounds } from './layer/store-bounds.ts'
import type { Annotations } from './image/annotations.ts'
import type { Grant, isolationNames, ulimitNames } from './option-words.ts'
import type { Reporter } from './progress/event.ts'
import type { RemoteOptions } from './remote/remote-options.ts'

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

/**
 * Options of a build. Everything but `context` has the default of `docker buildx build`.
 *
 * @example
 * await build({ context: '.', tags: ['registry.example/app:1'], push: true })
 */
export interface BuildOptions {
  /**
   * A directory, a git URL, an HTTP URL of a Dockerfile or tar, a tar or a stream of one, or files
   * by their path.
   *
   * @example 'https://github.com/owner/repository.git#main:directory'
   * @example { 'Dockerfile': 'FROM scratch\nCOPY app /', 'app': { file: 'dist/app', mode: 0o755 } }
   */
  readonly context: BuildContext
  /**
   * Path of the Dockerfile, or its text. A path is relative to the working directory for a context
   * that is a directory, else to the root of the context. Default: `Dockerfile`, then
   * `Containerfile`, in the context.
   */
  readonly dockerfile?: string | DockerfileText
  /**
   * Path of the file that excludes files of the context, instead of `.dockerignore`. Default: that
   * of the Dockerfile, else that of the context.
   */
  readonly ignoreFile?: string
  /**
   * Named contexts by name: as `context`, also `docker-image://…`, `oci-layout://…` and
   * `target:stage`. Default: none.
   */
  readonly contexts?: Readonly<Record<string, BuildContext>>
  /** Name or number of the stage to build. Default: the last. */
  readonly target?: string
  /**
   * `os/arch[/variant]`. Default: that of this machine.
   *
   * @example ['linux/amd64', 'linux/arm64']
   */
  readonly platforms?: readonly string[]
  /** Values of ARG instructions. Default: none. */
  readonly args?: Readonly<Record<string, string>>
  /** Labels of the image; they replace those of the Dockerfile. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
  /** Labels of the base image and the Dockerfile that the image does not get. Default: none. */
  readonly unsetLabels?: readonly string[]
  /**
   * Environment variables of the image's config; they replace those of the Dockerfile, and RUN does
   * not see them. Default: none.
   */
  readonly imageEnv?: Readonly<Record<string, string>>
  /**
   * Variables of the base image and the Dockerfile that the config does not get. Default: none.
   */
  readonly unsetEnv?: readonly string[]
  /**
   * Joins layers of the result into one: those of this build (`new`), or also those of its base
   * image (`all`). Default: a layer for each step.
   */
  readonly squash?: 'new' | 'all'
  /** Leaves the history out of the image's config. Default: false. */
  readonly omitHistory?: boolean
  /**
   * Annotations of the image. Default: none.
   *
   * @example { 'org.opencontainers.image.title': 'app' }
   * @example [{ key: 'org.opencontainers.image.title', value: 'app', target: 'index' }]
   */
  readonly annotations?: Annotations
  /** Names of the result. Default: none. */
  readonly tags?: readonly string[]
  /** Push the image to the registries of its names. Default: false. */
  readonly push?: boolean
  /**
   * Destinations of the result, any number. Default: the image in the local store under its tags.
   *
   * @example [{ kind: 'docker', dest: 'app.tar' }, { kind: 'local', dest: 'out' }]
   */
  readonly outputs?: readonly Output[]
  /** Attestations to make. Default: none. */
  readonly attestations?: readonly AttestationRequest[]
  /**
   * Describe in the result how it was made; `min` without the steps and without details of this
   * run. Default: no description.
   */
  readonly recordProvenance?: 'min' | 'max'
  /**
   * Rules of tsbuild's own to check beside BuildKit's, by name, or the sets `recommended` and
   * `all`. Their findings are warnings. Default: none.
   */
  readonly advice?: readonly string[]
  /** Facts about the git working tree of the context, for provenance. */
  readonly git?: GitOptions
  /** Run steps again that are in the cache: all, or those of these stages. Default: false. */
  readonly noCache?: boolean | readonly string[]
  /**
   * Caches to read besides the store, in order of preference. Default: none.
   *
   * @example [{ kind: 'registry', ref: 'registry.example/app:cache' }]
   */
  readonly cacheFrom?: readonly CacheSource[]
  /**
   * Caches to write beside the outputs. Default: none.
   *
   * @example [{ kind: 'registry', ref: 'registry.example/app:cache', mode: 'max' }]
   */
  readonly cacheTo?: readonly CacheTarget[]
  /** Fail when a cache cannot be read or written. Default: false, a warning. */
  readonly cacheStrict?: boolean
  /**
   * Do a sample of the cached steps again and compare. The image has the cached results. Default:
   * no verification.
   *
   * @example { percent: 10 }
   */
  readonly cacheVerify?: CacheVerify
  /**
   * HMAC key: signs the records of caches that are written, and is required of those that are read.
   * Default: none.
   */
  readonly cacheKey?: SecretSource
  /**
   * Ask registries also for images that are in the local store. With `never` an image that is not
   * in the store ends the build. Default: false.
   */
  readonly pull?: boolean | 'never'
  /** Repetition of requests to registries. Default: up to four times. */
  readonly retry?: RetryOptions
  /** RUN steps at the same time. Default: twice the processors, at least 4. */
  readonly jobs?: number
  /**
   * Network of RUN without `--network`. `default` reaches loopback services of this machine;
   * `private` needs pasta. Default: `default`.
   */
  readonly network?: 'default' | 'host' | 'private' | 'none'
  /**
   * Addresses by host name, for `/etc/hosts` of RUN. `host-gateway` is this machine. Default: none.
   *
   * @example { 'db.test': '10.0.0.5' }
   */
  readonly addHosts?: Readonly<Record<string, string | readonly string[]>>
  /** Size of `/dev/shm` in RUN, in bytes. Default: 64 MiB. */
  readonly shmSize?: number
  /**
   * Resource limits of processes in RUN. Default: those of this process.
   *
   * @example { nofile: { soft: 1024, hard: 4096 }, core: 0 }
   */
  readonly ulimits?: Ulimits
  /**
   * Limits of each RUN, in a control group (cgroup v2) of its own; not part of any cache key. A
   * limit that cannot be set here is left out with a warning. Default: none.
   */
  readonly limits?: Limits
  /** Paths of this machine that every RUN sees. Default: none. */
  readonly volumes?: readonly Volume[]
  /** Secrets for `RUN --mount=type=secret`, by id. Default: none. */
  readonly secrets?: Readonly<Record<string, SecretSource>>
  /**
   * Agent socket or private key files for `RUN --mount=type=ssh`, by id. An empty array is the
   * agent of `SSH_AUTH_SOCK`. A mount without id uses `default`. Default: none.
   */
  readonly ssh?: Readonly<Record<string, readonly string[]>>
  /** Rights that the Dockerfile may use. Default: none. */
  readonly allow?: readonly Grant[]
  /**
   * Devices that every RUN is given: names of the Container Device Interface, or device files as
   * `source[:target]`. Default: none.
   */
  readonly devices?: readonly string[]
  /**
   * Directories with device specifications (Container Device Interface, JSON). Default: `/etc/cdi`
   * and `/var/run/cdi`.
   */
  readonly cdiDirectories?: readonly string[]
  /**
   * Workers that run the steps which need nothing of this machine. Default: none.
   *
   * @example { url: 'grpcs://remote.example', properties: { pool: 'builders' } }
   */
  readonly remote?: RemoteOptions
  /**
   * Name of a rung, or `oci`, `oci:crun`, `oci:runc` for an OCI runtime. Default: `auto`, the
   * strongest rung that works.
   */
  readonly isolation?: Isolation
  /**
   * Credentials for registries, used before those of files and credential helpers: by registry or
   * `registry/path`, or a function that finds them. Default: none.
   *
   * @example { 'registry.example': { username: 'ci', password: process.env.TOKEN } }
   */
  readonly credentials?: Credentials
  /**
   * Environment variables for secrets, credential files and helpers, proxies, git, ssh and the
   * directory of the store. Default: those of this process.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Directory that relative paths start from. Default: the working directory of this process. */
  readonly cwd?: string
  /** Directory of the store. Default: `$TSBUILD_ROOT`, else in the user's data directory. */
  readonly root?: string
  /**
   * Bounds of the store, which a process of its own keeps after builds, at most once an hour; true
   * for the defaults, false for none. Default: true.
   *
   * @example { maxUsedSpace: 20e9, minFreeSpace: '10%' }
   */
  readonly gc?: boolean | StoreBounds
  /** Registries that may use plain HTTP or unverified TLS, besides loopback. Default: none. */
  readonly insecureRegistries?: readonly string[]
  /** Receives events. Default: they are dropped. */
  readonly report?: Reporter
  /**
   * File for a page about the build, in HTML: its course, its cache hits and the files of its
   * image. Written for a build that fails too. Files of layers that only a cache or registry has
   * are fetched for it. Default: none.
   */
  readonly reportFile?: string
  /** Ends the build, which then rejects with code `ABORTED`. */
  readonly signal?: AbortSignal
}

/** Durations of a build in milliseconds. */
export interface BuildTimings {
  /** Time of the call, in milliseconds since 1970. */
  readonly started: number
  /** Until all steps were done or found. */
  readonly solving: number
  /** From then on until all outputs were written. */
  readonly exporting: number
}

/** One layer of a result. */
export interface BuiltLayer {
  readonly mediaType: string
  /** Digest of the blob, as published. */
  readonly digest: Digest
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest
  /** Bytes of the blob. */
  readonly size: number
  /** The step that made the layer; absent for layers of a base image. */
  readonly step?: {
    /** For people: `[build 2/5] RUN npm ci`. */
    readonly name: string
    /** Line of the Dockerfile, from 1. */
    readonly line?: number
    /** `PlanStep.key`. */
    readonly key: Digest
    /** True if the layer was found in a cache. */
    readonly cached: boolean
  }
}

/** The image of one platform. */
export interface BuiltPlatform {
  /** `os/arch[/variant]`. */
  readonly platform: string
  /** Digest of the manifest. */
  readonly digest: Digest
  /** Bytes of the manifest. */
  readonly size: number
  readonly configDigest: Digest
  /** The lowest first. */
  readonly layers: readonly BuiltLayer[]
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
  /** The same names in full, with the digest: `registry.example/app:1@sha256:…`. */
  readonly canonicalNames: readonly string[]
  /** Images of the platforms, in the requested order; empty when no output needs an image. */
  readonly platforms: readonly BuiltPlatform[]
  readonly timings: BuildTimings
  /**
   * Bytes of base images, downloads and caches that were read, and of outputs and caches that were
   * written. Files of the context do not count.
   */
  readonly bytes: { readonly read: number; readonly written: number }
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
  /** For a hit: the cache that has it; absent for the store of this machine. */
  readonly cache?: string
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
