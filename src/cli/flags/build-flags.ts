import type { Command } from 'commander'
import { flag, list } from './declare-flag.ts'
import { isolationFlag } from './isolation.ts'
import { authFileHelp, certDirHelp } from '../values/registry-access.ts'
import type { PeerFlags } from './peers/peer-flags.ts'
import { addLimitFlags, type LimitFlags } from './limit-flags.ts'
import { retryDelayHelp, retryHelp } from '../values/parse-retry.ts'

/** The flags of `tsbuild build` as commander hands them over; repeatable ones are lists. */
export interface BuildFlags extends LimitFlags, Partial<PeerFlags> {
  readonly addHost: readonly string[]
  readonly advice: readonly string[]
  readonly allow: readonly string[]
  readonly annotation: readonly string[]
  readonly attest: readonly string[]
  readonly authfile?: string
  readonly buildArg: readonly string[]
  readonly buildArgFile: readonly string[]
  readonly buildContext: readonly string[]
  readonly cacheFrom: readonly string[]
  readonly cacheKey?: string
  readonly cacheRepo?: string
  readonly cacheStrict?: boolean
  readonly cacheTo: readonly string[]
  readonly cacheVerify?: string
  readonly call: string
  readonly certDir?: string
  readonly cdiConfigDir: readonly string[]
  readonly check?: boolean
  readonly context?: string
  readonly creds?: string
  readonly destination: readonly string[]
  readonly device: readonly string[]
  readonly digestFile?: string
  readonly dockerfile?: string
  readonly dryRun?: boolean
  readonly env: readonly string[]
  readonly explain?: boolean
  readonly file?: string
  readonly ignorefile?: string
  readonly iidfile?: string
  readonly iidfileRaw?: string
  readonly imageNameTagWithDigestFile?: string
  readonly imageNameWithDigestFile?: string
  readonly insecureRegistry: readonly string[]
  readonly gc?: string
  readonly isolation?: string
  readonly jobs?: string
  readonly remote?: string
  readonly remoteProperty: readonly string[]
  readonly label: readonly string[]
  readonly load?: boolean
  readonly metadataFile?: string
  readonly network: 'default' | 'host' | 'private' | 'none' | 'sandbox'
  readonly noCache?: boolean
  readonly noCacheFilter: readonly string[]
  readonly noPush?: boolean
  readonly ociLayoutPath?: string
  readonly omitHistory?: boolean
  readonly output: readonly string[]
  readonly platform: readonly string[]
  readonly progress?: string
  readonly provenance?: string
  readonly pull?: boolean
  readonly push?: boolean
  readonly quiet?: boolean
  readonly report?: string
  readonly retry?: string
  readonly retryDelay?: string
  readonly root?: string
  readonly sbom?: string
  readonly secret: readonly string[]
  readonly shmSize?: string
  readonly squash?: boolean
  readonly squashAll?: boolean
  readonly ssh: readonly string[]
  readonly tag: readonly string[]
  readonly tarPath?: string
  readonly target?: string
  readonly tlsVerify?: string
  readonly ulimit: readonly string[]
  readonly unsetenv: readonly string[]
  readonly unsetlabel: readonly string[]
  readonly verbose?: boolean
  readonly volume: readonly string[]
}

const networks = ['default', 'host', 'private', 'none', 'sandbox']
const progressModes = ['auto', 'tty', 'plain', 'json', 'quiet', 'none']

/** Declares every flag of a build on `command`, in the groups of its help. */
export function addBuildFlags(command: Command): Command {
  addInputFlags(command)
  addOutputFlags(command)
  addCacheFlags(command)
  addRemoteFlags(command)
  addLimitFlags(addRunFlags(command))
  return command
    .optionsGroup('Progress:')
    .addOption(flag('--progress <mode>', 'format of the progress on standard error').choices(progressModes))
    .addOption(flag('--explain', 'print why each step runs: the first input that differs'))
    .addOption(flag('--verbose', 'print digests in full and every transfer'))
    .addOption(flag('--report <file>', 'write a page about the build to a file, also if it fails (docs/reports.md)'))
    .addOption(flag('-q, --quiet', 'print only the digest of the image'))
    .addOption(flag('--check', 'check the Dockerfile without building'))
    .addOption(list('--advice <rules>', 'check own rules too: recommended, all or names (docs/advice.md)'))
    .addOption(flag('--dry-run', 'print which steps would run and why, and run none (same as tsbuild plan)'))
    .addOption(
      flag(
        '--call <method>',
        'request to answer: build, check, outline or targets, with ,format=json; check also as sarif, codequality',
      ).default('build'),
    )
    .optionsGroup('General:')
    .addOption(
      flag(
        '--gc <bounds>',
        'bounds of the store, such as max-used-space=20g, or false (default: $TSBUILD_GC; docs/storage.md)',
      ),
    )
    .addOption(flag('--root <directory>', 'directory of the store (default: $TSBUILD_ROOT, else the data directory)'))
    .addOption(flag('--authfile <file>', authFileHelp))
    .addOption(
      flag(
        '--creds <user:password>',
        'credential for the registry in the names of the call (else Docker Hub); asks for a password that is left out',
      ),
    )
    .addOption(flag('--cert-dir <directory>', certDirHelp))
    .addOption(
      flag(
        '--tls-verify <boolean>',
        'false allows plain HTTP or unverified TLS for the registries in the names of the call',
      ),
    )
    .addOption(flag('--retry <number>', retryHelp))
    .addOption(flag('--retry-delay <duration>', retryDelayHelp))
    .addOption(list('--insecure-registry <host>', 'allow plain HTTP or unverified TLS for a registry'))
}

function addRemoteFlags(command: Command): void {
  command
    .optionsGroup('Workers:')
    .addOption(
      flag('--remote <spec>', 'run steps on workers: grpc://HOST:PORT or url=…,instance=… (docs/remote-execution.md)'),
    )
    .addOption(list('--remote-property <name=value>', 'property that workers must have'))
}

function addInputFlags(command: Command): void {
  command
    .optionsGroup('Input:')
    .addOption(
      flag(
        '-f, --file <path>',
        'path of the Dockerfile (default: Dockerfile, then Containerfile, in CONTEXT); - for standard input',
      ),
    )
    .addOption(flag('--target <stage>', 'stage to build (default: the last one)'))
    .addOption(
      list(
        '--platform <platforms>',
        'platforms to build for: os/arch[/variant], comma-separated (default: this machine)',
      ),
    )
    .addOption(
      list('--build-arg <name=value>', 'set the value of an ARG; a name alone takes the value from the environment'),
    )
    .addOption(list('--build-arg-file <file>', 'file with a NAME=VALUE for --build-arg in each line'))
    .addOption(flag('--ignorefile <file>', 'ignore file of the context (default: .dockerignore)'))
    .addOption(
      list(
        '--build-context <name=source>',
        'add a named context: directory, docker-image://, oci-layout://, git or HTTP URL',
      ),
    )
    .addOption(list('--secret <spec>', 'secret for RUN --mount=type=secret: id=NAME,src=FILE or id=NAME,env=VARIABLE'))
    .addOption(list('--ssh <spec>', 'SSH agent or key for RUN --mount=type=ssh: default or id=PATH[,PATH]'))
}

function addOutputFlags(command: Command): void {
  command
    .optionsGroup('Output (default: the image in the local store):')
    .addOption(list('-t, --tag <name>', 'name and tag of the image, such as registry.example/app:1.0'))
    .addOption(
      list(
        '-o, --output <spec>',
        'type=oci|docker|image|registry|local|tar|cacheonly,dest=…; or a directory; or - for a tar on standard output',
      ),
    )
    .addOption(flag('--push', 'push the image to its registry (same as -o type=registry)'))
    .addOption(flag('--load', 'load the image into docker, podman or $TSBUILD_ENGINE (same as -o type=docker)'))
    .addOption(list('--label <key=value>', 'add a label to the image'))
    .addOption(list('--annotation <[type:]key=value>', 'add an annotation to the manifest (type: manifest, index, …)'))
    .addOption(list('--unsetlabel <names>', 'remove labels of the base image and the Dockerfile'))
    .addOption(list('--env <name[=value]>', 'set a variable in the config of the image; RUN does not see it'))
    .addOption(list('--unsetenv <names>', 'remove variables of the base image and the Dockerfile from the config'))
    .addOption(flag('--squash', 'join all new layers into one'))
    .addOption(flag('--squash-all', 'join all layers into one, those of the base image too'))
    .addOption(flag('--omit-history', 'leave the history out of the config of the image'))
    .addOption(flag('--provenance <spec>', 'attach provenance: true, mode=min, mode=max,version=v0.2, …'))
    .addOption(flag('--sbom <spec>', 'attach a bill of materials: true or generator=IMAGE'))
    .addOption(list('--attest <spec>', 'attach an attestation: type=provenance|sbom,…'))
    .addOption(flag('--iidfile <file>', 'write the digest of the image to a file'))
    .addOption(flag('--metadata-file <file>', 'write the result of the build to a file, as JSON'))
}

function addCacheFlags(command: Command): void {
  command
    .optionsGroup('Cache:')
    .addOption(flag('--no-cache', 'run every step again'))
    .addOption(list('--no-cache-filter <stages>', 'run every step of these stages again'))
    .addOption(flag('--pull', 'check the registry for newer base images; --pull=never uses only images of the store'))
    .addOption(list('--cache-from <spec>', 'cache to read: a reference or type=registry|local|reapi|gha|s3|azblob,…'))
    .addOption(list('--cache-to <spec>', 'cache to write: type=registry|local|inline|reapi|gha|s3|azblob,…,mode=max'))
    .addOption(flag('--cache-strict', 'fail when a cache cannot be read or written'))
    .addOption(
      flag(
        '--cache-verify <percent>',
        'run a sample of cached steps again and compare: 10% or 10%,strict (default: $TSBUILD_CACHE_VERIFY)',
      ),
    )
    .addOption(flag('--cache-key <spec>', 'sign caches, and read only signed ones: src=FILE or env=VARIABLE'))
}

function addRunFlags(command: Command): Command {
  return command
    .optionsGroup('RUN:')
    .addOption(
      flag(
        '--network <mode>',
        'network of RUN; default and host reach loopback services of this machine (docs/network.md)',
      )
        .choices(networks)
        .default('default'),
    )
    .addOption(list('--add-host <host=ip>', 'add a line to /etc/hosts'))
    .addOption(flag('--jobs <number>', 'RUN steps at the same time (default: twice the processors)'))
    .addOption(flag('--shm-size <bytes>', 'size of /dev/shm, such as 128m'))
    .addOption(list('--ulimit <name=soft[:hard]>', 'set a resource limit'))
    .addOption(list('--device <device>', 'give every RUN a device: vendor/class=name or /dev/x[:/dev/y]'))
    .addOption(list('-v, --volume <source:target[:ro]>', 'mount a path of this machine for every RUN'))
    .addOption(
      list(
        '--allow <grant>',
        'allow a privilege: network.host, security.insecure, device, device=NAME, secret-in-layer, buildx.local.delete',
      ),
    )
    .addOption(
      list(
        '--cdi-config-dir <directory>',
        'directory with CDI device specifications (default: /etc/cdi, /var/run/cdi)',
      ),
    )
    .addOption(isolationFlag())
}
