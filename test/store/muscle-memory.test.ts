import { join } from 'node:path'
import { registryMissing, startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { run } from '../../src/cli/run.ts'
import { invocationOf, MemorySink } from '../../src/cli/testing/invocation.ts'
import { titled } from '../support/obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { writeTree } from '../support/write-tree.ts'

// Command lines of docker, podman and buildah as people type them, in their order, with the exit
// code and a part of the output. REG is a registry.
const lines: readonly (readonly [line: string, code: number, shown: RegExp])[] = [
  ['docker build -t app:1.0 .', 0, /app:1\.0/],
  ['docker build --tag app:1.1 --tag team/app:1 --file Dockerfile .', 0, /team\/app:1/],
  ['docker build -q -t app:quiet .', 0, /^sha256:[0-9a-f]{64}\n$/],
  ['docker buildx build -t app:x --build-arg WHO=me --target final --no-cache .', 0, /app:x/],
  ['docker buildx build --platform linux/amd64,linux/arm64 -t app:multi .', 0, /linux\/arm64/],
  ['docker buildx build --builder default --progress plain -t app:b .', 0, /note: no difference: --builder \(/],
  ['docker builder build -t app:bb .', 0, /app:bb/],
  ['docker image build --rm --force-rm --compress -t app:rm .', 0, /note: no difference: --compress \(.*--force-rm/],
  ['docker build --pull=true -t app:pull .', 0, /app:pull/],
  ['podman build --pull=missing --layers --jobs 4 -t app:podman .', 0, /note: no difference: --layers \(/],
  ['podman build --pull=newer --format oci -t app:newer .', 0, /app:newer/],
  ['podman build --timestamp 1500000000 -t app:dated .', 0, /app:dated/],
  ['podman build --build-arg-file args.env -t app:args .', 0, /app:args/],
  ['podman build --manifest app:list --tls-verify=true .', 0, /app:list/],
  ['buildah bud -t app:bud .', 0, /app:bud/],
  ['podman build --squash -t app:squashed .', 0, /in 1 layer/],
  ['podman build --env A=1 --unsetenv WHO -t app:env .', 0, /app:env/],
  ['podman build --ignorefile x -t app .', 1, /ignore file "x" not found/],
  ['podman build --pull=never --retry 2 --retry-delay 2s --env A -t app:never .', 0, /app:never/],
  ['buildah bud --cap-add NET_ADMIN -t app .', 2, /--cap-add is not supported\nhint: .*--security=insecure/],
  ['podman build --format docker --label form=docker -t app:docker .', 0, /app:docker/],
  ['podman build --format v1 -t app .', 2, /expected oci, docker or v2s2/],
  ['podman build --tls-verify=false -t app .', 0, /no difference: --tls-verify=false .*--insecure-registry HOST/],
  ['podman build --tls-verify=false --label x=y -t REG/other:2 .', 0, /other:2/],
  ['podman build --creds ann:pw --label x=y -t REG/other:2 .', 0, /other:2/],
  ['docker build --check .', 0, /no warnings/i],
  ['docker buildx build --call outline .', 0, /WHO/],
  ['docker images', 0, /NAME +DIGEST +CREATED +SIZE[^]*app:1\.0/],
  ['docker image ls', 0, /app:1\.0/],
  ['docker image list -q', 0, /^sha256:/],
  ['podman images --no-trunc', 0, /sha256:[0-9a-f]{64}/],
  ['docker ls', 0, /app:1\.0/],
  ['docker images --digests', 0, /app:1\.0/],
  ['docker images app', 0, /^(?![^]*team)[^]*app:1\.0/],
  ["docker images 'team/*'", 0, /^(?![^]*app:1\.0)[^]*team\/app:1/],
  ["docker images --filter reference='app:1.*' -a", 0, /^(?![^]*app:x)[^]*app:1\.1/],
  ['docker images --filter dangling=true -q', 0, /^$/],
  ['docker images --filter label=team=web app:1.0', 0, /app:1\.0/],
  ["docker images --format '{{.Repository}}:{{.Tag}}'", 0, /^app:1\.0$/m],
  ["docker images --format 'table {{.ID}}\\t{{.Repository}}\\t{{.Size}}'", 0, /^IMAGE ID +REPOSITORY +SIZE\n/],
  ["docker images --format '{{.Nope}}'", 2, /no field "\.Nope"; expected one of \.ID, \.Repository/],
  ['docker images --filter until=1h app:1.0', 0, /^NAME.*\n$/],
  ['docker images --filter until=2100-01-01 app:1.0', 0, /app:1\.0/],
  ['docker images --filter until=soon', 2, /expected a duration such as 24h/],
  ['docker images --format json app:1.0', 0, /^\{"ID":"[0-9a-f]{12}","Repository":"app"/],
  ['docker images --filter nope=1', 2, /one of reference, dangling/],
  ['docker inspect app:1.0', 0, /"WHO=you"/],
  ['docker image inspect app:1.0', 0, /"team": "web"/],
  ["docker inspect --format '{{.Id}}' app:1.0", 0, /^sha256:[0-9a-f]{64}\n$/],
  ["docker inspect -f '{{json .Config.Labels}}' app:1.0", 0, /^\{"team":"web"\}\n$/],
  ["docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' app:1.0", 0, /^WHO=you\n/m],
  ["docker inspect -f '{{index .RepoTags 0}} {{.Os}}/{{.Architecture}}' app:1.0", 0, /^app:\S+ linux\//],
  ["docker inspect -f '{{nope .Id}}' app:1.0", 2, /unknown function "nope"/],
  ['docker history app:1.0', 0, /COPY a \/a/],
  ['docker image history --no-trunc app:1.0', 0, /COPY a \/a/],
  ["docker history --format '{{.CreatedBy}}' -H app:1.0", 0, /^COPY a \/a/m],
  ['docker tag app:1.0 REG/team/app:1.0', 0, /^$/],
  ['docker image tag app:1.0 REG/team/app:latest', 0, /^$/],
  ['docker push REG/team/app:1.0', 0, /REG\/team\/app:1\.0@sha256:/],
  ['docker image push REG/team/app:latest', 0, /@sha256:/],
  ['docker push --all-tags REG/team/app', 0, /app:1\.0@sha256:.*\n.*app:latest@sha256:/],
  ['docker push -a REG/team/app:1.0', 2, /--all-tags takes names of repositories/],
  ['docker push -a REG/team/none', 2, /the store has no image in "REG\/team\/none"/],
  ['podman push --tls-verify=false REG/team/app:1.0', 0, /@sha256:/],
  ['podman pull --tls-verify false REG/team/app:1.0', 0, /REG\/team\/app:1\.0/],
  ['skopeo copy --tls-verify=no docker://REG/team/app:1.0 oci:x', 2, /invalid --tls-verify "no"/],
  ['docker buildx imagetools inspect REG/team/app:1.0', 0, /^Name: +REG\/team\/app:1\.0\nMediaType: .*\nDigest: /],
  ["docker buildx imagetools inspect --format '{{json .Manifest.digest}}' REG/team/app:1.0", 0, /^"sha256:/],
  ['docker buildx imagetools create -t REG/team/app:all REG/team/app:1.0', 0, /sha256:/],
  ['docker buildx imagetools create --dry-run REG/team/app:1.0', 0, /"manifests": \[/],
  ['docker buildx imagetools create --append -t REG/team/app:all -t REG/team/app:both REG/team/app:1.0', 0, /sha256:/],
  ['docker manifest create REG/team/app:list REG/team/app:1.0', 0, /sha256:/],
  ['docker manifest push REG/team/app:list', 0, /@sha256:/],
  ['podman manifest push --all REG/team/app:list docker://REG/team/app:pushed', 0, /sha256:/],
  ['docker manifest push --purge REG/team/app:list', 0, /@sha256:/],
  ['docker manifest push -p REG/team/app:list', 1, /no image "REG\/team\/app:list" in the store/],
  ['docker manifest inspect REG/team/app:list', 0, /"manifests"/],
  ["docker buildx imagetools inspect --format '{{.Manifest.Digest}}' REG/team/app:1.0", 0, /^sha256:/],
  ["docker buildx imagetools inspect --format '{{.Image.Config.Env}}' REG/team/app:1.0", 0, /WHO=you/],
  [
    "skopeo inspect --format '{{.Config.User}}{{json .Config.Labels}}' docker://REG/team/app:1.0",
    0,
    /^\{"team":"web"\}\n$/,
  ],
  ['skopeo inspect --raw docker://REG/team/app:1.0', 0, /"schemaVersion"/],
  ['skopeo inspect --config docker://REG/team/app:1.0', 0, /"rootfs"/],
  ['skopeo copy --all docker://REG/team/app:all oci:layout:all', 0, /^sha256:/],
  ['skopeo copy docker://REG/team/app:1.0 docker-archive:copy.tar:team/app:1.0', 0, /^sha256:/],
  ['skopeo copy docker-archive:copy.tar docker://REG/team/copied:1', 0, /^sha256:/],
  ['crane digest REG/team/app:1.0', 0, /^sha256:/],
  ['crane ls REG/team/app', 0, /^1\.0$/m],
  ["crane ls REG/team/app 'l*t'", 0, /^(?!1\.0)(latest|list)\n/],
  ['crane copy REG/team/app:1.0 REG/team/app:copied', 0, /^sha256:/],
  ['crane validate REG/team/app:1.0', 0, / 0 faults/],
  ['crane append REG/team/app:1.0 -f app-layer.tar -t REG/team/app:more', 2, /--file names no regular file/],
  ['oras annotate REG/team/app:copied --annotation a=b', 0, /^sha256:/],
  ['oras referrers --format json REG/team/app:1.0', 0, /"referrers": \[\]/],
  [
    'skopeo copy --src-tls-verify=false --dest-tls-verify=false --retry-times 3 --preserve-digests docker://REG/team/app:1.0 docker://REG/team/sides:1',
    0,
    /^sha256:/,
  ],
  [
    'skopeo copy --src-creds a:b --dest-creds c:d --dest-cert-dir . docker://REG/team/app:1.0 docker://REG/team/sides:2',
    0,
    /^sha/,
  ],
  [
    'skopeo copy --src-authfile none.json docker://REG/team/app:1.0 docker://REG/x',
    2,
    /cannot read --src-authfile "none.json"/,
  ],
  ['skopeo copy --dest-authfile x oci:layout:all oci:other', 2, /--dest-authfile is for a registry, not for a layout/],
  [
    'skopeo copy --dest-compress-format zstd docker://REG/team/app:1.0 oci:x',
    2,
    /--dest-compress-format is not supported\nhint/,
  ],
  [
    'skopeo copy --remove-signatures --multi-arch all docker://REG/team/app:1.0 oci:layout:2',
    0,
    /no difference: --remove/,
  ],
  ['skopeo copy --format v2s2 --preserve-digests docker://REG/team/app:1.0 oci:x', 2, /exclude each other/],
  ['skopeo copy --src-username me docker://REG/team/app:1.0 oci:x', 2, /--src-creds and --dest-creds USER:PASSWORD/],
  ['skopeo list-tags docker://REG/team/app', 0, /^1\.0$/m],
  ['skopeo delete docker://REG/team/nothing:1', 2, /hint: add --force/],
  ['skopeo delete --retry-times 3 --force REG/team/nothing:1', 1, /not found in REG/],
  ['oras manifest delete -f REG/team/nothing:1', 1, /not found in REG/],
  ['crane manifest REG/team/app:1.0', 0, /"schemaVersion"/],
  ['crane config --platform linux/amd64 REG/team/app:1.0', 0, /"rootfs"/],
  ['crane ls --full-ref -O REG/team/app', 0, /^REG\/team\/app:1\.0$/m],
  ['crane validate --remote REG/team/app:1.0', 0, / 0 faults/],
  ['crane validate --tarball=copy.tar', 0, / 0 faults/],
  ['crane digest --tarball copy.tar', 0, /^sha256:/],
  [
    'crane append -b REG/team/app:1.0 --new_layer app-layer.tar --new_tag REG/team/app:more',
    2,
    /names no regular file/,
  ],
  [
    'crane rebase REG/team/app:1.0 --old_base REG/team/app:1.0 --new_base REG/team/app:1.0 --rebased REG/team/app:rb',
    0,
    /^sha/,
  ],
  ['crane export REG/team/app:1.0 files.tar', 2, /"export" is not a command of tsbuild\nhint: .*type=tar/],
  ['crane mutate REG/team/app:1.0 --label a=b', 2, /tsbuild annotate .*LABEL a=b/],
  ['crane flatten REG/team/app:1.0', 2, /--squash-all/],
  ['crane catalog REG', 2, /_catalog/],
  ['crane auth login -u ann -p pw REG', 0, /the password was not checked/],
  ['regctl image copy REG/team/app:1.0 REG/team/app:regctl', 0, /^sha256:/],
  ['regctl image digest REG/team/app:1.0', 0, /^sha256:/],
  ['regctl image config REG/team/app:1.0', 0, /"rootfs"/],
  ['regctl image mod REG/team/app:1.0 --label a=b', 2, /tsbuild annotate/],
  ['regctl manifest get --progress plain REG/team/app:1.0', 0, /"schemaVersion"/],
  ['regctl manifest head REG/team/app:1.0', 0, /^sha256:/],
  ['regctl manifest diff REG/team/app:1.0 REG/team/app:list', 0, /./],
  ['regctl tag ls REG/team/app', 0, /^1\.0$/m],
  ['regctl artifact list REG/team/app:1.0', 0, /^REG\/team\/app:1.0@sha256/],
  ['regctl blob get REG/team/app sha256:0', 2, /"blob" is not a command/],
  ['regctl registry login -u ann -p pw REG', 0, /the password was not checked/],
  ['regctl registry set --tls disabled REG', 2, /tsbuild doctor NAME/],
  ['regctl repo ls REG', 2, /_catalog/],
  ['oras cp -r REG/team/app:1.0 REG/team/app:oras', 0, /^sha256:/],
  ['oras resolve REG/team/app:1.0', 0, /^sha256:/],
  ['oras discover REG/team/app:1.0', 0, /^REG\/team\/app:1.0@sha256/],
  ['oras repo tags REG/team/app', 0, /^1\.0$/m],
  ['oras manifest fetch REG/team/app:1.0', 0, /"schemaVersion"/],
  ['skopeo rm --force docker://REG/team/app:copied', 4, /removes it with all its tags/],
  ['docker manifest annotate REG/team/app:list x --arch arm64', 2, /takes the platform of an image from its config/],
  ['docker save -o app.tar app:1.0', 0, /^$/],
  ['docker rmi app:1.0', 0, /untagged .*app:1\.0/],
  ['docker load -i app.tar', 0, /app:1\.0/],
  ['docker load -q -i app.tar', 0, /^docker\.io\/library\/app:1\.0\n$/],
  ['docker image rm app:1.1', 0, /untagged/],
  ['docker pull REG/team/app:1.0', 0, /REG\/team\/app:1\.0/],
  ['docker buildx create --use --name ci', 0, /note: tsbuild has no builder instances/],
  ['docker buildx inspect --bootstrap', 0, /note: tsbuild has no builder instances/],
  ['docker buildx bake', 2, /run tsbuild once for each target/],
  ['docker buildx du', 0, /RECLAIMABLE/],
  ['docker system df', 0, /RECLAIMABLE/],
  ['docker builder prune -f', 0, /freed/],
  ['docker buildx prune -f --filter until=24h --keep-storage 1gb', 0, /removed 0 objects/],
  ['docker image prune -f', 0, /freed/],
  ['docker system prune --force --all', 0, /freed/],
  ['docker version', 0, /^tsbuild \d/],
  ["docker version --format '{{.Client.Version}}'", 0, /^\d+\.\d+\.\d+\n$/],
  ['docker completion bash', 0, /complete .* tsbuild/],
  ['docker completion zsh', 0, /^#compdef tsbuild/],
  ['docker completion fish', 0, /complete -c tsbuild/],
  ['docker run app', 2, /runs no containers/],
  ['docker image frob', 2, /unknown command "image frob"\nhint: there are image ls/],
]

const dockerfile = `FROM scratch AS final
ARG WHO=you
ENV WHO=$WHO
LABEL team=web
COPY a /a
`

describe.skipIf(registryMissing !== undefined)(titled('habits of docker, podman and buildah', registryMissing), () => {
  let registry: TestRegistry
  let cwd = ''
  beforeAll(async () => {
    const directory = await temporaryDirectory()
    registry = await startRegistry()
    cwd = directory.path
    await writeTree(cwd, {
      Dockerfile: dockerfile,
      a: 'content',
      'args.env': '# who\nWHO=file\n',
      '.dockerignore': 'store',
    })
    return async () => {
      await registry[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    }
  })

  const call = async (line: string, env: Readonly<Record<string, string>> = {}): Promise<[number, string]> => {
    const [, ...argv] = words(line.replaceAll('REG', registry.host))
    const [stdout, stderr] = [new MemorySink(), new MemorySink()]
    const options = { engine, cwd, env: { TSBUILD_ROOT: join(cwd, 'store'), ...env } }
    const code = await run(argv, invocationOf(options, { stdout, stderr }))
    return [code, `${stdout.text}${stderr.text}`.replaceAll(registry.host, 'REG')]
  }

  test.each(lines)('%s', async (line, code, shown) => {
    const [ended, text] = await call(line)
    expect(text).toMatch(shown)
    expect(ended, text).toBe(code)
  })

  test('variables of docker choose the platform and the date', async () => {
    const [code, text] = await call('docker build -t app:env .', {
      DOCKER_DEFAULT_PLATFORM: 'linux/arm64',
      BUILDKIT_PROGRESS: 'plain',
      NO_COLOR: '1',
      SOURCE_DATE_EPOCH: '1500000000',
    })
    expect(code, text).toBe(0)
    expect(text).toContain('linux/arm64')
    expect((await call("docker inspect -f '{{.Created}} {{.Architecture}}' app:env"))[1]).toBe(
      '2017-07-14T02:40:00Z arm64\n',
    )
  })

  test('podman’s files of arguments and dates reach the image', async () => {
    await call('podman build --build-arg-file args.env --timestamp 1500000000 -t app:both .')
    const [, text] = await call("docker inspect -f '{{.Created}} {{.Config.Env}}' app:both")
    expect(text).toMatch(/^2017-07-14T02:40:00Z \[PATH=\S+ WHO=file\]\n$/)
  })
})

/** Words of a line as a shell reads them, with single quotes only. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}
