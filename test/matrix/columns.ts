import { join } from 'node:path'

/** A Dockerfile with its context. */
export interface Column {
  readonly name: string
  /** Directory in `testdata` that has them; `name` by default. */
  readonly context?: string
  /** Release of Debian that the base `debian` is; by default that of the machine. */
  readonly release?: Release
  /** Programs and habits that it tries. */
  readonly title: string
  /** Servers of the runner that its steps talk to. */
  readonly network?: readonly ('apt' | 'npm' | 'git')[]
  /** It needs the program `apk`, which no package of Debian has. */
  readonly apk?: true
}

/** Releases with an older and a newer C library than the machine's. */
export type Release = 'bullseye' | 'sid'

export const columns: readonly Column[] = [
  { name: 'copy', title: 'COPY and WORKDIR, without RUN' },
  {
    name: 'script',
    title:
      '300 processes, a daemon left behind, devices, set-user-ID bits, hard links, moved directories, /proc/self/exe, /dev/stdout',
  },
  { name: 'moved-links', title: 'a moved directory with a hard link to a file outside of it' },
  { name: 'users', title: 'adduser, chown, USER, su' },
  { name: 'node-service', title: 'a Node service' },
  { name: 'programs', title: 'every kind of program, started in every way', network: ['apt'] },
  {
    name: 'programs-old',
    title: 'the same with glibc 2.31',
    context: 'programs',
    release: 'bullseye',
    network: ['apt'],
  },
  {
    name: 'programs-new',
    title: 'the same with the glibc of Debian sid',
    context: 'programs',
    release: 'sid',
    network: ['apt'],
  },
  { name: 'calls', title: 'system calls in unusual ways: what succeeds, and every error', network: ['apt'] },
  { name: 'apt-openssh', title: 'apt-get install openssh-client', network: ['apt'] },
  { name: 'apt-sudo', title: 'apt-get install sudo', network: ['apt'] },
  { name: 'apt-postgresql', title: 'apt-get install postgresql, and a query', network: ['apt'] },
  { name: 'apt-jdk', title: 'apt-get install a JDK, javac, java', network: ['apt'] },
  { name: 'npm', title: 'npm ci, tsc and vite build', network: ['npm'] },
  { name: 'pip', title: 'venv, pip install', network: ['apt'] },
  { name: 'musl', title: 'BusyBox and musl', network: ['apt'] },
  { name: 'apk', title: 'apk mkpkg, add and del, with scripts and triggers', apk: true },
  { name: 'go', title: 'a static Go program', network: ['apt'] },
  { name: 'rust', title: 'a static Rust program', network: ['apt'] },
  { name: 'setcap', title: 'setcap, extended attributes', network: ['apt'] },
  { name: 'make', title: 'a C project, make -j8', network: ['apt'] },
  { name: 'git', title: 'git clone', network: ['apt', 'git'] },
]

/** Directory with the contexts of the columns. */
export const contexts: string = join(import.meta.dirname, 'testdata')

/** Directory of a column's context in a directory like `contexts`. */
export function contextOf({ name, context = name }: Column, directory: string = contexts): string {
  return join(directory, context)
}
