import type { FailureCase } from '../case.ts'

const dockerfile = 'FROM scratch\nCOPY a.txt /\n'

/** The build context, the named ones, and the Dockerfile in them. */
export const contextFailures: readonly FailureCase[] = [
  { name: 'no-context', args: ['build'], dockerfile },
  { name: 'two-contexts', args: ['build', '.', 'app'], dockerfile },
  { name: 'directory-missing', args: ['build', 'servcie'], files: { 'service/Dockerfile': dockerfile } },
  { name: 'file-instead-of-directory', args: ['build', 'Dockerfile'], dockerfile },
  { name: 'command-mistyped', args: ['biuld', '.'], dockerfile },
  { name: 'command-mistyped-alone', args: ['imagse'] },
  { name: 'no-dockerfile', args: ['build', '.'], files: { 'main.go': '' } },
  { name: 'dockerfile-with-another-name', args: ['build', '.'], files: { 'Dockerfile.prod': dockerfile, 'main.go': '' } },
  { name: 'dockerfile-in-a-directory', args: ['build', '.'], files: { 'docker/Dockerfile': dockerfile } },
  { name: 'dockerfile-mistyped', args: ['build', '-f', 'Dockefile.prod', '.'], files: { 'Dockerfile.prod': dockerfile } },
  { name: 'dockerfile-relative-to-context', args: ['build', '-f', 'prod.Dockerfile', 'app'], files: { 'app/prod.Dockerfile': dockerfile } },
  { name: 'dockerfile-is-a-directory', args: ['build', '-f', 'app', '.'], files: { 'app/Dockerfile': dockerfile } },
  { name: 'error-in-a-named-dockerfile', args: ['build', '-f', 'docker/app.Dockerfile', '.'], files: { 'docker/app.Dockerfile': 'FORM scratch\n' } },
  { name: 'error-in-standard-input', args: ['build', '-f', '-', '.'], input: 'FROM scratch\nCOYP a b\n' },
  { name: 'error-in-a-context-on-standard-input', args: ['build', '-'], input: 'FROM scratch\nCOYP a b\n' },
  { name: 'both-from-standard-input', args: ['build', '-f', '-', '-'], input: dockerfile },
  { name: 'empty-standard-input', args: ['build', '-'], input: '' },
  { name: 'copy-without-context', args: ['build', '-'], input: 'FROM scratch\nCOPY a.txt /\n' },
  { name: 'error-in-a-git-context', args: ['build', '{repositories}/broken.git'], needs: 'git' },
  { name: 'git-ref-missing', args: ['build', '{repositories}/app.git#v9'], needs: 'git' },
  { name: 'git-directory-missing', args: ['build', '{repositories}/app.git#:servce'], needs: 'git' },
  { name: 'git-repository-missing', args: ['build', 'http://{web}/none.git'], needs: 'git' },
  { name: 'git-unreachable', args: ['build', 'http://{closed}/none.git'], needs: 'git' },
  { name: 'download-missing', args: ['build', 'http://{web}/none.tar.gz'] },
  { name: 'download-broken', args: ['build', 'http://{web}/broken.tar'] },
  { name: 'named-missing', args: ['build', '--build-context', 'lib=../lib', '.'], dockerfile: 'FROM scratch\nCOPY --from=lib a /\n' },
  { name: 'named-without-value', args: ['build', '--build-context', 'lib', '.'], dockerfile },
  { name: 'named-mistyped-scheme', args: ['build', '--build-context', 'lib=docker-imgae://busybox', '.'], dockerfile: 'FROM lib\n' },
  { name: 'named-mistyped-in-dockerfile', args: ['build', '--build-context', 'assets=.', '.'], dockerfile: 'FROM scratch\nCOPY --from=asets a.txt /\n' },
  { name: 'named-target-unknown', args: ['build', '--build-context', 'lib=target:biulder', '.'], dockerfile: 'FROM scratch AS builder\nFROM lib\n' },
  { name: 'ignore-pattern', files: { '.dockerignore': 'node_modules\n!\n', 'a.txt': '' }, dockerfile },
  { name: 'ignore-pattern-bracket', files: { '.dockerignore': 'node_modules\na[\n', 'a.txt': '' }, dockerfile },
]
