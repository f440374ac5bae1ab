import { expect, test } from 'vitest'
import { gitError } from './git-error.ts'

test.each([
  ["fatal: unable to access 'https://h/x.git/': Could not resolve host: h", 'GIT_UNREACHABLE'],
  ["fatal: unable to access 'https://h/x.git/': The requested URL returned error: 503", 'GIT_UNREACHABLE'],
  [
    'ssh: Could not resolve hostname h: Name or service not known\nfatal: Could not read from remote repository.',
    'GIT_UNREACHABLE',
  ],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'GIT_UNREACHABLE'],
  ['git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'GIT_UNREACHABLE'],
  ['error: RPC failed; curl 18 transfer closed\nfatal: early EOF', 'GIT_UNREACHABLE'],
  ['no end after 600 s', 'GIT_UNREACHABLE'],
  ["remote: not found\nfatal: repository 'https://h/x.git/' not found", 'GIT_FAILED'],
  ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'GIT_FAILED'],
  ["fatal: transport 'ext' not allowed", 'GIT_FAILED'],
  ["fatal: strange hostname '-oProxyCommand=x' blocked", 'GIT_FAILED'],
  ['fatal: write error: No space left on device\nfatal: early EOF', 'GIT_FAILED'],
  ["error: invalid path '.git/x'", 'GIT_FAILED'],
])('%s is %s', (reason, code) => {
  expect(gitError('fetch', reason)).toMatchObject({ code, message: `git fetch failed: ${reason}` })
})
