import type { FailureCase } from '../case.ts'

const from = (name: string, reference: string, more: Partial<FailureCase> = {}): FailureCase => ({
  name,
  dockerfile: `FROM ${reference}\nCMD ["app"]\n`,
  ...more,
})

/** Base images and the registries they come from. */
export const imageFailures: readonly FailureCase[] = [
  from('name-upper-case', 'BusyBox'),
  from('name-with-a-blank-tag', 'busybox:'),
  from('name-is-an-url', 'https://registry.example/app'),
  from('name-with-a-bad-tag', 'busybox:latest!'),
  from('name-with-a-short-digest', 'busybox@sha256:abc'),
  from('not-found', '{registry}/team/app:1.0', { needs: 'docker-registry' }),
  from('tag-not-found', '{registry}/team/base:2', { needs: 'docker-registry' }),
  from('digest-not-found', `{registry}/team/base@sha256:${'0'.repeat(64)}`, { needs: 'docker-registry' }),
  from('unauthorized', '{locked}/team/app:1.0', { needs: 'docker-registry' }),
  from('denied', '{web}/denying/app:1.0'),
  from('too-many-requests', '{web}/throttling/app:1.0'),
  from('asked-to-wait', '{web}/busy/app:1.0'),
  from('server-error', '{web}/failing/app:1.0'),
  from('unreachable', '{closed}/team/app:1.0'),
  from('offline', 'alpine:3.20'),
  from('no-registry', '{web}/html/app:1.0'),
  from('self-signed', '{tls}/team/app:1.0'),
  from('plain-http-where-tls-is-expected', '{far-web}/team/app:1.0'),
  from('manifest-is-no-json', '{web}/garbage/app:1.0'),
  from('config-has-another-digest', '{web}/swapped/x:1.0'),
  from('config-is-cut-off', '{web}/cut/x:1.0'),
  from('config-is-no-json', '{web}/nonsense/x:1.0'),
  from('manifest-has-another-digest', `{web}/garbage/app@sha256:${'0'.repeat(64)}`),
  from('no-such-platform-of-index', 'oci-index', {
    args: ['build', '--build-context', 'oci-index=oci-layout://{index}:latest', '--platform', 'linux/s390x', '.'],
  }),
  from('layout-missing', 'base', { args: ['build', '--build-context', 'base=oci-layout://layouts/base:latest', '.'] }),
  from('layout-tag-missing', 'base', { args: ['build', '--build-context', 'base=oci-layout://{layout}:1.0', '.'] }),
  from('layout-tags-that-are-odd', 'base', { args: ['build', '--build-context', 'base=oci-layout://{odd-tags}:1.0', '.'] }),
  from('layer-corrupt', 'base', {
    dockerfile: 'FROM base\nCOPY --from=base /etc/passwd /copy\n',
    args: ['build', '--build-context', 'base=oci-layout://{corrupt-layer}:latest', '.'],
  }),
  from('layer-missing', 'base', {
    dockerfile: 'FROM base\nCOPY --from=base /etc/passwd /copy\n',
    args: ['build', '--build-context', 'base=oci-layout://{missing-layer}:latest', '.'],
  }),
  from('config-corrupt', 'base', { args: ['build', '--build-context', 'base=oci-layout://{corrupt-config}:latest', '.'] }),
  from('copy-from-image-not-found', 'scratch', {
    dockerfile: 'FROM scratch\nCOPY --from={registry}/team/tools:1 /bin/tool /\n',
    needs: 'docker-registry',
  }),
]
