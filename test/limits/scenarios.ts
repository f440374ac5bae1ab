interface Scenario {
  /** The RUN. */
  readonly run: string
  /** Shell commands around it; `build NAME FLAGS` builds and prints the exit code. */
  readonly commands: string
  readonly prints: readonly RegExp[]
  readonly never?: readonly RegExp[]
}

const bomb = 'bomb() { bomb | bomb & }; bomb; sleep 1000'
const eat = 'dd if=/dev/zero of=/dev/null bs=60M count=1; echo survived'
const values =
  'cd /sys/fs/cgroup && echo $(cat memory.max memory.swap.max pids.max cpu.max cpu.weight cpuset.cpus) in $(cat /proc/self/cgroup)'
const reachedPids = [/^code 1$/m, /it reached the limit of 30 processes and threads, --pids-limit/]
const reachedMemory = [/^code 1$/m, /killed: out of memory, it reached the limit of 32 MiB, --memory/]
const asApp = (command: string): string => `su app -c '. /functions; ${command}'`

/**
 * Builds in a machine with cgroup v2. Every one runs on a machine that the ones before have left
 * clean.
 */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'a step sees its limits, in a cgroup namespace of its own': {
    run: values,
    commands:
      'build -m 256m --memory-swap 300m --cpus 0.5 --cpu-shares 512 --pids-limit 50 --cpuset-cpus 0; /bin/node /app/dist/cli.js doctor --root /data/store',
    prints: [
      / 268435456 46137344 50 50000 100000 20 0 in 0::\/$/m,
      /^code 0$/m,
      /--memory, .*\n.* by a control group in \/sys\/fs\/cgroup$/m,
    ],
  },
  'no limit is part of a key': {
    run: values,
    commands: 'build_cached -m 256m; build_cached',
    prints: [/CACHED/],
  },
  'root: a step that needs more memory ends': {
    run: eat,
    commands: 'build --isolation root -m 32m',
    prints: reachedMemory,
    never: [/^#2 \S+ survived$/m],
  },
  'root: a fork bomb ends': { run: bomb, commands: 'build --isolation root --pids-limit 30', prints: reachedPids },
  'chroot: a step that needs more memory ends': {
    run: eat,
    commands: 'build --isolation chroot -m 32m',
    prints: reachedMemory,
  },
  'chroot: a fork bomb ends': { run: bomb, commands: 'build --isolation chroot --pids-limit 30', prints: reachedPids },
  'confined: a step that needs more memory ends': {
    run: eat,
    commands: 'build --isolation confined -m 32m',
    prints: reachedMemory,
    never: [/^#2 \S+ survived$/m],
  },
  'confined: a fork bomb ends, for an ordinary user in a delegated group': {
    run: bomb,
    commands: `enter app/shell; ${asApp('build --isolation confined --pids-limit 30')}`,
    prints: reachedPids,
  },
  'userns: a fork bomb ends, for an ordinary user in a delegated group': {
    run: bomb,
    commands: `enter app/shell; ${asApp('build --isolation userns --pids-limit 30')}`,
    prints: reachedPids,
  },
  'userns-single: a step that needs more memory ends, for an ordinary user in a delegated group': {
    run: eat,
    commands: `enter app/shell; ${asApp('build --isolation userns-single -m 32m')}`,
    prints: reachedMemory,
  },
  'oci:crun: a step sees its limits': {
    run: values,
    commands:
      'build --isolation oci:crun -m 256m --memory-swap 300m --cpus 0.5 --cpu-shares 512 --pids-limit 50 --cpuset-cpus 0',
    prints: [/ 268435456 46137344 50 50000 100000 20 0 in 0::/, /^code 0$/m],
  },
  'oci:runc: a step that needs more memory ends': {
    run: eat,
    commands: 'build --isolation oci:runc -m 32m',
    prints: reachedMemory,
  },
  'oci:crun: a fork bomb ends, for an ordinary user in a delegated group': {
    run: bomb,
    commands: `enter app/shell; ${asApp('build --isolation oci:crun --pids-limit 30')}`,
    prints: reachedPids,
  },
  'a build alone in its control group stays within the limits of that group': {
    run: 'find /host -name "step-*" | grep ^/host/alone/tsbuild-; cat /host/alone/memory.max',
    commands: 'echo 200000000 > /sys/fs/cgroup/alone/memory.max; build_alone -m 400m -v /sys/fs/cgroup:/host:ro',
    prints: [/ \/host\/alone\/tsbuild-\S+\/step-/, /^code 0$/m],
  },
  'a container with a writable control group: its processes make room': {
    run: values,
    commands:
      '(enter container; sleep 1000 & /bin/unshare --cgroup --mount sh -c ". /functions; umount /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; build -m 256m"; kill $!)',
    prints: [/ 268435456 268435456 /, /^code 0$/m],
    never: [/LimitsNotApplied|is not limited/],
  },
  'a read-only file system of control groups: a warning': {
    run: 'echo ran',
    commands:
      '/bin/unshare --mount sh -c ". /functions; mount -o remount,ro,bind /sys/fs/cgroup; build -m 256m --cpus 1"',
    prints: [
      /RUN is not limited by --memory, --cpus: \/sys\/fs\/cgroup is read-only; .*writable-cgroups/,
      / ran$/m,
      /^code 0$/m,
    ],
  },
  'an ordinary user in a group of root: a warning': {
    run: 'echo ran',
    commands: `enter foreign; ${asApp('build --isolation userns-single -m 256m')}`,
    prints: [
      /RUN is not limited by --memory: the control group \/sys\/fs\/cgroup\/foreign belongs to another user.*systemd-run/,
      / ran$/m,
    ],
  },
  'processors that do not exist: an error': {
    run: 'echo ran',
    commands: 'build --cpuset-cpus 999999',
    prints: [/cannot set the limit cpusetCpus: E\w+ when cpuset.cpus is set to "999999"/, /^code 1$/m],
  },
  'a killed builder leaves nothing running, and the next build removes its control groups': {
    run: 'sleep 4242',
    commands: `processes() { cat /sys/fs/cgroup/tsbuild-*/step-*/cgroup.procs 2>/dev/null | grep .; }
/bin/node /app/dist/cli.js build $flags --no-cache -m 64m "$context" & until processes; do sleep 0.2; done
kill -9 $!; wait; while processes; do sleep 0.2; done
echo "groups after kill: $(find /sys/fs/cgroup -name 'tsbuild-*' | wc -l)"; context=/contexts/0; build -m 64m`,
    prints: [/^groups after kill: 1$/m, /^code 0$/m],
  },
}

const names = Object.keys(scenarios)

/** Contexts are numbered, since names have spaces. */
export const script: string = `
export NODE_COMPILE_CACHE=/tmp/compiled
mkdir -m 1777 /tmp/compiled
cat > /functions <<'END'
flags="--root /data/$(id -u) --build-context base=oci-layout:///base:latest -o type=cacheonly --progress=plain"
build() { /bin/node /app/dist/cli.js build $flags --no-cache "$@" "$context" 2>&1; echo "code $?"; }
build_cached() { /bin/node /app/dist/cli.js build $flags "$@" "$context" 2>&1; }
build_alone() {
  sh -c 'echo $$ > /sys/fs/cgroup/alone/cgroup.procs; exec /bin/node /app/dist/cli.js build "$@" 2>&1' sh $flags --no-cache "$@" "$context"
  echo "code $?"
}
END
. /functions
mkdir -p /etc /data && chmod 1777 /data
printf 'root:x:0:0:root:/root:/bin/sh\\napp:x:1000:1000:app:/tmp:/bin/sh\\n' > /etc/passwd
printf 'root:x:0:\\napp:x:1000:\\n' > /etc/group
echo app:100000:65536 | tee /etc/subuid > /etc/subgid
echo '+memory +pids +cpu +cpuset' > /sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/app/shell /sys/fs/cgroup/foreign /sys/fs/cgroup/alone /sys/fs/cgroup/container
chown -R app:app /sys/fs/cgroup/app
enter() { sh -c 'echo $PPID' > "/sys/fs/cgroup/$1/cgroup.procs"; }
${names
  .map(
    (name, index) => `echo '@@ ${name}'
export context='/contexts/${index}'
(${scenarios[name]?.commands ?? ''})
echo "left: $(find /sys/fs/cgroup -name 'tsbuild-*' | wc -l)"`,
  )
  .join('\n')}
`
