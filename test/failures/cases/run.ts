import type { FailureCase } from '../case.ts'

const run = (name: string, lines: string, more: Partial<FailureCase> = {}): FailureCase => ({
  name,
  dockerfile: `FROM busybox\n${lines}\n`,
  runs: true,
  ...more,
})

/** RUN: what the process did, and what it was not given. */
export const runFailures: readonly FailureCase[] = [
  run('exit-code', 'WORKDIR /app\nRUN echo compiling && echo "main.c:3: expected ;" >&2 && exit 2\nCMD ["sh"]'),
  run('exit-code-of-many-lines', 'RUN for i in $(seq 1 40); do echo "test $i"; done; exit 1'),
  run('exit-code-of-a-heredoc', 'RUN <<EOF\nset -e\necho before\nfalse\necho after\nEOF'),
  run('continued-command', 'RUN echo one && \\\n    echo two && \\\n    false'),
  run('command-not-found', 'RUN curl --version'),
  run('program-not-found', 'RUN ["/usr/bin/python4", "-V"]'),
  run('no-shell', 'RUN echo hello', { dockerfile: 'FROM scratch\nCOPY a.txt /\nRUN echo hello\n', files: { 'a.txt': '' } }),
  run('not-executable', 'COPY script.sh /\nRUN /script.sh', { files: { 'script.sh': '#!/bin/sh\n' } }),
  run('interpreter-missing', 'COPY script.sh /\nRUN ["/script.sh"]', { files: { 'script.sh': { text: '#!/bin/bash\n', mode: 0o755 } } }),
  run('wrong-format', 'COPY program /\nRUN ["/program"]', { files: { program: { text: 'MZ\u0000\u0001', mode: 0o755 } } }),
  run('windows-line-ends', 'COPY script.sh /\nRUN /script.sh', { files: { 'script.sh': { text: '#!/bin/sh\r\necho\r\n', mode: 0o755 } } }),
  run('signal', "RUN sh -c 'kill -9 $$; true'; exit $?"),
  run('missing-secret', 'RUN --mount=type=secret,id=npmrc,required cat /run/secrets/npmrc'),
  run('missing-secret-similar', 'RUN --mount=type=secret,id=npmrc,required cat /run/secrets/npmrc', {
    args: ['build', '--secret', 'id=npm_rc,src=token', '.'],
    files: { token: 'x' },
  }),
  run('missing-secret-variable', 'RUN --mount=type=secret,id=token,required true', {
    args: ['build', '--secret', 'id=token,env=TSBUILD_TEST_UNSET', '.'],
  }),
  run('user-from-variable', 'ARG NAME=ghost\nUSER $NAME\nRUN id'),
  run('missing-ssh', 'RUN --mount=type=ssh,required true'),
  run('network-host', 'RUN --network=host true'),
  run('security-insecure', 'RUN --security=insecure true'),
  run('network-unknown', 'RUN --network=hsot true'),
  run('mount-type', 'RUN --mount=type=cach,target=/c true'),
  run('mount-option', 'RUN --mount=type=cache,tagret=/c true'),
  run('mount-option-of-another-type', 'RUN --mount=type=tmpfs,target=/t,sharing=locked true'),
  run('mount-target-missing', 'RUN --mount=type=cache true'),
  run('mount-sharing', 'RUN --mount=type=cache,target=/c,sharing=lcoked true'),
  run('mount-mode', 'RUN --mount=type=cache,target=/c,mode=rwx true'),
  run('mount-source-missing', 'RUN --mount=type=bind,source=pakcage.json,target=/p cat /p', { files: { 'package.json': '{}' } }),
  run('mount-from-variable', 'RUN --mount=type=bind,from=$IMAGE,target=/m true'),
  run('device', 'RUN --device=nvidia.com/gpu=all,required true'),
  run('user-not-found', 'USER ap\nRUN id'),
  run('group-not-found', 'USER app:staf\nRUN id'),
  run('json-broken', 'RUN ["echo" "hello"]'),
  run('isolation-unknown', 'RUN true', { args: ['build', '--isolation', 'rot', '.'] }),
  run('ulimit', 'RUN true', { args: ['build', '--ulimit', 'nofiles=1024', '.'] }),
  run('empty-command', 'RUN []'),
]
