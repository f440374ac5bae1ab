import type { FailureCase } from '../case.ts'
import { tarOf, truncatedTar } from '../tar-of.ts'

const app = { 'src/server/index.ts': 'x', 'src/config.json': '{}', 'package.json': '{}', 'README.md': '' }

/** COPY and ADD: what is not there, what may not be, what does not fit. */
export const copyFailures: readonly FailureCase[] = [
  { name: 'missing', dockerfile: 'FROM scratch\nCOPY pakcage.json /app/\n', files: app },
  { name: 'missing-in-directory', dockerfile: 'FROM scratch\nCOPY src/server/indx.ts /app/\n', files: app },
  { name: 'missing-directory', dockerfile: 'FROM scratch\nCOPY sorce/server/index.ts /app/\n', files: app },
  { name: 'missing-far-off', dockerfile: 'FROM scratch\nCOPY dist /app/\n', files: app },
  { name: 'missing-one-of-several', dockerfile: 'FROM scratch\nCOPY package.json package-lock.json /app/\n', files: app },
  { name: 'missing-elsewhere', dockerfile: 'FROM scratch\nCOPY index.ts /app/\n', files: app },
  { name: 'wrong-case', dockerfile: 'FROM scratch\nCOPY Package.JSON /app/\n', files: app },
  { name: 'wrong-extension', dockerfile: 'FROM scratch\nCOPY src/config.yaml /app/\n', files: { ...app, 'src/config.yml': '' } },
  { name: 'missing-without-slash', dockerfile: 'FROM scratch\nCOPY src/serverindex.ts /app/\n', files: app },
  {
    name: 'ignored',
    dockerfile: 'FROM scratch\nCOPY dist/app.js /app/\n',
    files: { ...app, 'dist/app.js': 'x', '.dockerignore': '# made by the build\nnode_modules\ndist\n' },
  },
  {
    name: 'ignored-by-the-own-file',
    dockerfile: 'FROM scratch\nCOPY .env /app/\n',
    files: { ...app, '.env': 'x', 'Dockerfile.dockerignore': '*\n!src\n' },
  },
  {
    name: 'ignored-directory-of-a-pattern',
    dockerfile: 'FROM scratch\nCOPY logs/*.log /app/\n',
    files: { ...app, 'logs/a.log': 'x', '.dockerignore': 'logs\n' },
  },
  { name: 'outside-of-the-context', dockerfile: 'FROM scratch\nCOPY ../shared/lib.js /app/\n', files: app },
  { name: 'absolute-path-of-the-machine', dockerfile: 'FROM scratch\nCOPY /etc/passwd /app/\n', files: app },
  { name: 'home', dockerfile: 'FROM scratch\nCOPY ~/.npmrc /app/\n', files: app },
  { name: 'url', dockerfile: 'FROM scratch\nCOPY https://example.com/a.tar /app/\n' },
  { name: 'git', dockerfile: 'FROM scratch\nCOPY https://example.com/a.git /app/\n' },
  { name: 'missing-in-stage', dockerfile: 'FROM busybox AS build\nFROM scratch\nCOPY --from=build /bin/busyboks /\n' },
  { name: 'missing-in-stage-far-off', dockerfile: 'FROM busybox AS build\nFROM scratch\nCOPY --from=build /app/dist /\n' },
  {
    name: 'missing-in-named-context',
    args: ['build', '--build-context', 'assets=assets', '.'],
    dockerfile: 'FROM scratch\nCOPY --from=assets logos.svg /\n',
    files: { 'assets/logo.svg': '' },
  },
  { name: 'directory-onto-file', dockerfile: 'FROM busybox\nCOPY src /etc/passwd\n', files: app },
  { name: 'file-onto-directory', dockerfile: 'FROM busybox\nCOPY src /\n', files: { 'src/etc': 'x' } },
  { name: 'below-a-file-in-a-variable', dockerfile: 'FROM busybox\nARG DIR=/etc/passwd\nCOPY package.json $DIR/\n', files: app },
  { name: 'below-a-file', dockerfile: 'FROM busybox\nCOPY package.json /etc/passwd/\n', files: app },
  { name: 'chmod', dockerfile: 'FROM scratch\nCOPY --chmod=999 package.json /\n', files: app },
  { name: 'chmod-symbolic', dockerfile: 'FROM scratch\nCOPY --chmod=u+rwz package.json /\n', files: app },
  { name: 'chown-name-on-scratch', dockerfile: 'FROM scratch\nCOPY --chown=app package.json /\n', files: app },
  { name: 'chown-unknown-user-mistyped', dockerfile: 'FROM busybox\nCOPY --link --chown=appp package.json /\n', files: app },
  { name: 'add-not-found', dockerfile: 'FROM scratch\nADD http://{web}/missing.tar.gz /\n' },
  { name: 'add-server-error', dockerfile: 'FROM scratch\nADD http://{web}/failing.txt /\n' },
  { name: 'add-git-unreachable', dockerfile: 'FROM scratch\nADD http://{closed}/app.git /src\n' },
  { name: 'add-unreachable', dockerfile: 'FROM scratch\nADD http://{closed}/a.tar.gz /\n' },
  {
    name: 'add-checksum',
    dockerfile: `FROM scratch\nADD --checksum=sha256:${'0'.repeat(64)} http://{web}/hello.txt /\n`,
  },
  { name: 'add-checksum-short', dockerfile: 'FROM scratch\nADD --checksum=sha256:abc http://{web}/hello.txt /\n' },
  { name: 'add-checksum-of-a-file', dockerfile: `FROM scratch\nADD --checksum=sha256:${'0'.repeat(64)} package.json /\n`, files: app },
  { name: 'add-archive-broken', dockerfile: 'FROM scratch\nADD broken.tar /\n', files: { 'broken.tar': truncatedTar() } },
  { name: 'add-archive-breaks-out', dockerfile: 'FROM scratch\nADD evil.tar /\n', files: { 'evil.tar': tarOf('../evil.txt') } },
  { name: 'add-git-missing', dockerfile: 'FROM scratch\nADD {repositories}/app.git#no-such-branch /src\n', needs: 'git' },
]
