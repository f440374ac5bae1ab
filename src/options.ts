import type { Limits } from '@tsbuild/isolate'
import type { CacheSource, CacheTarget } from './cache/options/cache-options.ts'
import type { Credentials } from './caller-keychain.ts'
import type { Output } from './export/output.ts'
import type { StoreBounds } from './layer/disk/store-bounds.ts'
import type { Annotations } from './image/annotations.ts'
import type { Grant } from './option-words.ts'
import type { Reporter } from './progress/event.ts'
import type { RemoteOptions } from './remote/remote-options.ts'
import type {
  AttestationRequest,
  BuildContext,
  CacheVerify,
  DockerfileText,
  GitOptions,
  Isolation,
  RetryOptions,
  SecretSource,
  Ulimits,
  Volume,
} from './option-values.ts'

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
