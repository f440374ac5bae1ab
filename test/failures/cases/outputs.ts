import type { FailureCase } from '../case.ts'

const dockerfile = 'FROM scratch\nLABEL a=b\n'
const output = (name: string, ...args: readonly string[]): FailureCase => ({ name, dockerfile, args: ['build', ...args, '.'] })

/** What the result is to become. */
export const outputFailures: readonly FailureCase[] = [
  output('push-without-tag', '--push'),
  output('type-mistyped', '-o', 'type=dokcer,dest=app.tar'),
  output('type-missing', '-o', 'dest=app.tar'),
  output('key-mistyped', '-o', 'type=oci,dset=app.tar'),
  output('key-of-another-type', '-o', 'type=local,dest=out,compression=zstd'),
  output('destination-missing', '-o', 'type=local'),
  output('compression', '-o', 'type=oci,dest=a.tar,compression=zstandard'),
  output('compression-level', '-o', 'type=oci,dest=a.tar,compression-level=12'),
  output('boolean', '-o', 'type=image,push=yes'),
  output('quote', '-o', 'type=oci,"dest=a.tar'),
  output('zstd-for-docker', '-o', 'type=oci,dest=a.tar,compression=zstd,oci-mediatypes=false'),
  { ...output('to-the-terminal', '-o', '-'), terminal: true },
  output('twice-to-standard-output', '-o', '-', '-o', 'type=oci,dest=-'),
  { ...output('directory-is-a-file', '-o', 'out'), files: { out: 'x' } },
  { ...output('file-is-a-directory', '-o', 'type=oci,dest=out'), files: { out: { directory: 0o755 } } },
  { ...output('directory-of-the-archive-missing', '-o', 'type=oci,dest=out/images/app.tar'), files: { out: 'x' } },
  output('read-only', '-o', 'type=oci,dest=/proc/app.tar'),
  output('annotation-without-value', '--annotation', 'org.example.title'),
  output('annotation-type', '--annotation', 'manifset:org.example.title=x'),
  output('annotation-of-an-index', '--annotation', 'index:org.example.title=x', '-o', 'type=oci,dest=a.tar'),
  output('tag-upper-case', '-t', 'MyApp:1.0'),
  output('tag-with-digest', '-t', `app@sha256:${'0'.repeat(64)}`),
  output('tag-with-a-blank', '-t', 'my app'),
  { ...output('push-unauthorized', '-t', '{locked}/team/app:1.0', '--push'), needs: 'docker-registry' },
  output('push-denied', '-t', '{web}/denying/app:1.0', '--push'),
  output('push-unreachable', '-t', '{closed}/team/app:1.0', '--push'),
  output('push-server-error', '-t', '{web}/failing/app', '--push'),
  output('iidfile-without-image', '--iidfile', 'id', '-o', 'out'),
  output('iidfile-not-writable', '--iidfile', 'missing/id'),
  output('epoch', '--build-arg', 'SOURCE_DATE_EPOCH=yesterday'),
]
