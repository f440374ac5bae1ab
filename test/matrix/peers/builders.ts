import type { Row } from '../rows.ts'

/** A build to start: paths and names as its environment knows them. */
export interface PeerBuild {
  readonly context: string
  /** Name of the image to push, registry included. */
  readonly image: string
  /** Build arguments as `NAME=value`. */
  readonly assignments: readonly string[]
}

/** Another builder, set up as its documents say. */
export interface Peer {
  readonly name: string
  /** Suite and packages of the Debian that it runs in; without, its image has the program alone. */
  readonly packages?: { readonly suite: string; readonly names: readonly string[] }
  /** Programs that Debian does not have, from the directory of `--programs`. */
  readonly programs: readonly string[]
  /** The environment that its documents ask for. */
  readonly documented: Row
  command(build: PeerBuild): readonly string[]
}

const inDocker = (name: string, title: string, args: readonly string[]): Row => ({ name, title, place: 'docker', args })

/**
 * docs/rootless.md of BuildKit, "Containerized deployment". Root starts the daemon without
 * rootlesskit, as the entry point of its image does. The user has a home and a name, as in its
 * image: rootlesskit ends without them.
 */
const buildkitScript = `
export XDG_RUNTIME_DIR=/tmp/run HOME=/home/builder USER=builder
mkdir -p -m 700 /tmp/run
helper=; [ "$(id -u)" = 0 ] || helper=rootlesskit
$helper buildkitd --root /tmp/buildkit --addr unix:///tmp/run/buildkitd.sock > /tmp/log 2>&1 &
daemon=$!
until buildctl --addr unix:///tmp/run/buildkitd.sock debug workers > /dev/null 2>&1; do
  kill -0 $daemon 2> /dev/null || { cat /tmp/log >&2; exit 1; }
  sleep 0.2
done
exec buildctl --addr unix:///tmp/run/buildkitd.sock build --progress=plain --frontend dockerfile.v0 "$@"`

/** The storage that works in every container; the images of buildah choose chroot isolation. */
const buildahScript = `
export HOME=/tmp BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
mkdir -p /tmp/storage /tmp/run && cd /tmp || exit
buildah --root /tmp/storage --runroot /tmp/run build --tls-verify=false --network=host -t "$@" &&
exec buildah --root /tmp/storage --runroot /tmp/run push --tls-verify=false "$1"`

const buildahRights = ['-u', '1000', '--device', '/dev/fuse', '--security-opt', 'seccomp=unconfined']

const runBuildah: Peer['command'] = ({ context, image, assignments }) => [
  ...['sh', '-c', buildahScript, 'buildah', image],
  ...[...assignments.flatMap((text) => ['--build-arg', text]), context],
]

export const peers: readonly Peer[] = [
  {
    name: 'buildkit',
    packages: {
      suite: 'testing',
      names: ['rootlesskit', 'uidmap', 'libcap2-bin', 'runc', 'ca-certificates', 'fuse-overlayfs', 'git'],
    },
    programs: ['buildkitd', 'buildctl'],
    documented: inDocker('documented', 'uid 1000, seccomp, AppArmor and system paths unconfined', [
      ...['-u', '1000', '--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
      ...['--security-opt', 'systempaths=unconfined'],
    ]),
    command: ({ context, image, assignments }) => [
      ...['sh', '-c', buildkitScript, 'buildkit', '--local', `context=${context}`, '--local', `dockerfile=${context}`],
      ...assignments.flatMap((text) => ['--opt', `build-arg:${text}`]),
      ...['--output', `type=image,name=${image},push=true,registry.insecure=true`],
    ],
  },
  ...(['bookworm', 'testing'] as const).map((suite) => ({
    name: `buildah-${suite}`,
    // buildah 1.43 ends without netavark, which is recommended, also in the network of the host.
    packages: {
      suite,
      names: ['buildah', 'uidmap', 'libcap2-bin', 'crun', 'ca-certificates', 'fuse-overlayfs', 'netavark'],
    },
    programs: [],
    documented: inDocker('documented', 'uid 1000, /dev/fuse, seccomp unconfined', buildahRights),
    command: runBuildah,
  })),
  {
    name: 'kaniko',
    programs: ['executor'],
    documented: inDocker('documented', 'root of a container with the default profile', []),
    command: ({ context, image, assignments }) => [
      ...['/kaniko/executor', '--context', `dir://${context}`, '--destination', image, '--insecure', '--insecure-pull'],
      ...assignments.flatMap((text) => ['--build-arg', text]),
    ],
  },
]
