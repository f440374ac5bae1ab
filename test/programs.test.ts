import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { programsOf } from '../scripts/debian-packages.ts'
import { testingProgramsOf } from '../scripts/testing-programs.ts'
import { programsOfScript, programsOfSource } from './support/called-programs.ts'

const root = join(import.meta.dirname, '..')

/** Programs of Debian's essential packages, and words of the shell. */
const everywhere = new Set(
  `bash cat chgrp chmod chown chroot cp date dd df dpkg-deb du echo env false find getent grep gzip head id install kill ldd ln ls mkdir mkfifo mknod mktemp mv
   nice perl pivot_root printf readlink rm rmdir script sed seq sh sha256sum sleep sort stat stty sync tail tar tee test timeout touch tr true truncate
   uname uniq wc xargs
   break case cd command continue done esac eval exec exit export fi for in local read return set shift trap type ulimit umask unset
   wait`.split(/\s+/),
)

/** Programs of the set-up itself, and of some machines: apt, a buildx that fits their docker. */
const fromNpm = readdirSync(join(root, 'node_modules/.bin'))
const given = new Set([...fromNpm, 'npm', 'npx', 'apt-get', 'dpkg', 'docker-buildx'])

test('every program that is called comes with Debian, from npm or from the list that set-up installs', () => {
  const listed = new Set([...Object.values(programsOf), ...Object.values(testingProgramsOf)].flat())
  const calls = [
    ...callsIn(['{src,packages,test,bench,scripts,examples}/**/*.{ts,mjs}'], programsOfSource),
    ...callsIn(['{test,examples}/**/*.sh'], programsOfScript),
  ]
  const lacking = calls.filter(({ program }) => !listed.has(program) && !everywhere.has(program) && !given.has(program))
  expect(lacking.map(({ program, path }) => `${program} (${path})`)).toEqual([])
  expect(calls.map(({ program }) => program)).toEqual(
    expect.arrayContaining(['setfattr', 'zip', 'skopeo', 'ssh-agent', 'useradd', 'mount']),
  )
})

test('CONTRIBUTING.md names every Debian package that is installed', () => {
  const words = new Set(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split(/\.?\s+/))
  expect(Object.keys({ ...programsOf, ...testingProgramsOf }).filter((name) => !words.has(name))).toEqual([])
})

test.each([
  ['mkdir a && printf "%s" "$(seq 3)" | gzip -c > b', ['mkdir', 'printf', 'seq', 'gzip']],
  ['A=1 git init\n# zip\nfor x in a b; do xz "$x"; done', ['git', 'for', 'xz', 'done']],
  ['f() { git x; }; f a', ['git']],
  ["cat > f <<'EOF'\nzip x\nEOF\nsetcap a \\\n  b", ['cat', 'setcap']],
])('programs of a script: %j', (script, programs) => {
  expect(programsOfScript(script)).toEqual(programs)
})

test.each([
  ["run(x); spawnSync('zip', [name])", ['zip']],
  ["withoutRoot() ?? withoutPrograms('umoci', 'tar')", ['umoci', 'tar']],
  ["execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs'])", ['unshare', 'mount']],
  ["const script = 'attr a; b'\nrunOrThrow('sh', ['-euc', script])", ['sh', 'attr', 'b']],
])('programs of a source: %j', (source, programs) => {
  expect(programsOfSource(source)).toEqual(programs)
})

function callsIn(
  patterns: readonly string[],
  programsIn: (text: string) => readonly string[],
): readonly { readonly path: string; readonly program: string }[] {
  const paths = globSync([...patterns], { cwd: root, exclude: ['**/node_modules/**', 'test/programs.test.ts'] })
  return paths.flatMap((path) =>
    programsIn(readFileSync(join(root, path), 'utf8')).map((program) => ({ path, program })),
  )
}
