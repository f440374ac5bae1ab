import { expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

const dockerfile = `FROM base AS other
RUN echo from other > /file
FROM base
RUN --mount=type=secret,id=key cp /run/secrets/key /copied && stat -c '%a %u:%g' /run/secrets/key > /modes
RUN --mount=type=secret,id=key,env=KEY test "$KEY" = word
RUN --mount=type=cache,target=/cache,uid=1000 echo x > /cache/x && stat -c '%a %u:%g' /cache >> /modes
RUN --mount=type=cache,target=/cache,uid=1000 cat /cache/x >> /modes
RUN --mount=type=bind,from=other,source=/file,target=/bound cat /bound >> /modes; echo no > /bound || echo read-only >> /modes
RUN --mount=type=bind,target=/context,rw echo changed > /context/a && cat /context/a >> /modes
RUN --mount=type=tmpfs,target=/memory,size=1m stat -c %a /memory >> /modes; df -k /memory | tail -1 | grep -q 1024
RUN --network=none ip -o link | wc -l >> /modes
RUN --security=insecure grep -c '^Seccomp:.*0' /proc/self/status >> /modes
RUN ["cat", "/modes"]
USER app
WORKDIR /home/app/w
RUN id > id; echo out > /dev/stdout; mkfifo p
`

const obstacle = withoutRoot() ?? withoutPrograms('crun', 'runc') ?? (await withoutRun())

test.skipIf(obstacle !== undefined)(
  titled('crun and runc run every kind of step as the rung root does', obstacle),
  async ({ build, failBuild }) => {
    const flags = ['--secret', 'id=key,env=KEY', '--allow', 'security.insecure', '--no-cache']
    const buildOn = (isolation: string): ReturnType<typeof build> =>
      build(dockerfile, {
        files: { a: 'in context' },
        args: [...flags, '--isolation', isolation],
        env: { KEY: 'word', SOURCE_DATE_EPOCH: '1500000000' },
      })
    const expected = await buildOn('root')
    for (const isolation of ['oci:crun', 'oci:runc']) {
      const image = await buildOn(isolation)
      expect(image.text('/modes')).toBe(expected.text('/modes'))
      expect(image.layers.map((layer) => layer.map(({ line }) => line))).toEqual(
        expected.layers.map((layer) => layer.map(({ line }) => line)),
      )
      const failed = await failBuild('FROM base\nRUN exit 7\n', { args: ['--isolation', isolation] })
      expect(failed.stderr).toContain('exit code: 7')
    }
  },
)
