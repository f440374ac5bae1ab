/** One script to run as a step, the same in every way. */
export interface StepWork {
  readonly name: string
  readonly title: string
  /** Root directory: the base, or the base with compilers, Node and a project. */
  readonly root: 'base' | 'tools'
  /** It leaves another root directory behind, so that each run needs a new one. */
  readonly changesRoot: boolean
  readonly script: string
}

/** Installed by the work `apt`; with what they need, about 100 packages. */
export const packages = 'build-essential python3 git openssh-client sudo'

/** Exact versions, of which the lock file makes about 150 packages. */
export const npmPackages: Readonly<Record<string, string>> = {
  eslint: '9.17.0',
  express: '4.21.2',
  prettier: '3.4.2',
  typescript: '5.7.2',
}

export const install = `export DEBIAN_FRONTEND=noninteractive; apt-get install -qq --no-download --no-install-recommends ${packages}`

/** The works, in the order in which they are measured. */
export const stepWorks: readonly StepWork[] = [
  { name: 'trivial', title: 'true, in a new supervisor', root: 'base', changesRoot: false, script: 'true' },
  {
    name: 'true-500',
    title: 'true, 500 times',
    root: 'base',
    changesRoot: false,
    script: 'i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i + 1)); done',
  },
  { name: 'find-ls', title: 'find / -ls', root: 'tools', changesRoot: false, script: 'find / -xdev -ls > /dev/null' },
  { name: 'tar-usr', title: 'tar of /usr', root: 'tools', changesRoot: false, script: 'tar -c /usr | cat > /dev/null' },
  { name: 'apt', title: 'apt-get install of about 100 packages', root: 'base', changesRoot: true, script: install },
  {
    name: 'c-build',
    title: 'make -j2 of 40 C files',
    root: 'tools',
    changesRoot: false,
    script: 'cd /srv/c && make -s clean && make -s -j2 && ./program',
  },
  {
    name: 'npm-ci',
    title: 'npm ci of about 150 packages',
    root: 'tools',
    changesRoot: false,
    script: 'cd /srv/npm && npm ci --offline --no-audit --no-fund',
  },
]
