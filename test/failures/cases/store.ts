import type { FailureCase } from '../case.ts'
import { tarOf, truncatedTar } from '../tar-of.ts'

const dockerfile = 'FROM scratch\nCOPY a.txt /\n'
const files = { 'a.txt': 'a' }

/** The local store and the images in it. */
export const storeFailures: readonly FailureCase[] = [
  { name: 'image-unknown', args: ['inspect', 'busybx'] },
  { name: 'image-unknown-far-off', args: ['inspect', 'registry.example/team/app:1.0'] },
  { name: 'tag-unknown', args: ['inspect', 'busybox:1.36'] },
  { name: 'push-unknown', args: ['push', 'busybx'] },
  { name: 'remove-unknown', args: ['rm', 'busybx'] },
  { name: 'save-unknown', args: ['save', '-o', 'a.tar', 'busybx'] },
  { name: 'copy-unknown', args: ['copy', 'store:busybx', 'oci:layout'] },
  { name: 'tag-of-unknown', args: ['tag', 'busybox:1.3', 'app:1'] },
  { name: 'load-missing', args: ['load', '-i', 'none.tar'] },
  { name: 'load-no-archive', args: ['load', '-i', 'a.txt'], files },
  { name: 'load-empty', args: ['load', '-i', 'empty.tar'], files: { 'empty.tar': '' } },
  { name: 'load-other-archive', args: ['load', '-i', 'other.tar'], files: { 'other.tar': tarOf('a') } },
  { name: 'load-damaged', args: ['load', '-i', 'cut.tar'], files: { 'cut.tar': truncatedTar() } },
  { name: 'login-wrong-password', args: ['login', '-u', 'builder', '--password-stdin', '{locked}'], input: 'wrong\n', needs: 'docker-registry' },
  { name: 'pull-wrong-content', args: ['pull', '{web}/swapped/x:1.0'] },
  { name: 'pull-no-manifest', args: ['pull', '{web}/garbage/x:1.0'] },
  { name: 'pull-not-found', args: ['pull', '{registry}/team/none:1'], needs: 'docker-registry' },
  { name: 'root-is-a-file', args: ['build', '--root', 'a.txt', '.'], dockerfile, files },
  { name: 'root-cannot-be-made', args: ['build', '--root', '/proc/none', '.'], dockerfile, files },
]
