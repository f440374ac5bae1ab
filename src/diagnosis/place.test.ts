import { expect, test } from 'vitest'
import { findPlaces, type Surroundings } from './place.ts'

function surroundings({
  env = {},
  uid = 1000,
  files = {},
}: {
  env?: Surroundings['env']
  uid?: number
  files?: Readonly<Record<string, string>>
}): Surroundings {
  return { env, uid, exists: (path) => path in files, read: (path) => files[path] ?? '' }
}

const account = { '/var/run/secrets/kubernetes.io/serviceaccount': '' }
const inPod = { '/proc/self/cgroup': '0::/kubepods/burstable/pod1/x\n' }

test.each([
  ['the machine', {}, ['machine']],
  ['Docker', { files: { '/.dockerenv': '' } }, ['docker']],
  ['Podman', { files: { '/run/.containerenv': '' } }, ['docker']],
  ['Podman by its variable', { env: { container: 'podman' } }, ['docker']],
  ['Docker by its control group', { files: { '/proc/self/cgroup': '12:pids:/docker/0123\n' } }, ['docker']],
  ['a pod by its account', { files: account }, ['kubernetes']],
  ['a pod without account', { files: inPod }, ['kubernetes']],
  ['a pod of OpenShift', { uid: 1001110000, files: account }, ['openshift', 'kubernetes']],
  [
    'a job of GitLab in a pod',
    { env: { GITLAB_CI: 'true', KUBERNETES_SERVICE_HOST: '10.0.0.1' } },
    ['gitlab', 'kubernetes'],
  ],
  [
    'a job of GitHub in a container',
    { env: { GITHUB_ACTIONS: 'true' }, files: { '/.dockerenv': '' } },
    ['github', 'docker'],
  ],
  ['a variable alone', { env: { CI: 'true' }, uid: 1001110000 }, ['machine']],
])('recognizes %s', (_, given, expected) => {
  expect(findPlaces(surroundings(given)).map(({ name }) => name)).toEqual(expected)
})
