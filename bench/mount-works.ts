/** A project whose tool keeps a cache in a mount. */
export interface MountWork {
  readonly name: string
  /** Id of the mount. */
  readonly mount: string
  readonly dockerfile: string
  readonly files: Readonly<Record<string, string>>
  /** The same with one more package. */
  readonly more: Readonly<Record<string, string>>
  /** Finds lines of output about a package that was downloaded or compiled. */
  readonly work: RegExp
  /** Makes the lock file of a package.json. */
  readonly locked?: true
}

/** Debian packages of the base image. */
export const toolPackages: readonly string[] = [
  'ca-certificates',
  'cargo',
  'golang-go',
  'npm',
  'librust-itertools-dev',
  'librust-rand-dev',
  'librust-regex-dev',
  'librust-semver-dev',
  'librust-serde-derive-dev',
  'librust-serde-json-dev',
]

const packages = { express: '4.21.2', eslint: '9.17.0', react: '18.3.1', 'react-dom': '18.3.1', webpack: '5.97.1' }
const certificates = '/etc/ssl/certs/ca-certificates.crt'

const main = (imports: readonly string[], uses: string): string =>
  `package main\n\nimport (\n${imports.map((name) => `\t"${name}"\n`).join('')})\n\nfunc main() {\n${uses}}\n`
const goImports = ['encoding/json', 'fmt', 'html/template', 'net/http', 'database/sql']
const goUses =
  '\tbytes, _ := json.Marshal(http.StatusText(200))\n\tfmt.Println(string(bytes), template.HTMLEscapeString("<"), sql.ErrNoRows)\n'

const crates =
  'regex = { version = "1", default-features = false, features = ["std"] }\nserde = { version = "1", features = ["derive"] }\nserde_json = "1"\nrand = "0.8"\nitertools = "0.10"\n'
const manifest = (dependencies: string): string =>
  `[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n${dependencies}`
const rust = (more: string): string =>
  `use itertools::Itertools;\n#[derive(serde::Serialize)]\nstruct Found { number: u32 }\nfn main() {\n    let words = regex::Regex::new("[a-z]+").unwrap().find_iter("a b").map(|word| word.as_str()).join(",");\n    println!("{} {}", words, serde_json::to_string(&Found { number: rand::random() }).unwrap());\n${more}}\n`

/** The step is another one in each build, by its argument. */
export const mountWorks: readonly MountWork[] = [
  {
    name: 'npm-ci',
    mount: 'npm',
    locked: true,
    dockerfile: `FROM tools
ENV NODE_EXTRA_CA_CERTS=${certificates}
WORKDIR /app
COPY package.json package-lock.json ./
ARG BUILD
RUN --mount=type=secret,id=certificates,target=${certificates} --mount=type=cache,id=npm,target=/root/.npm \\
  npm ci --prefer-offline --no-audit --no-fund --loglevel=http
`,
    files: { 'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies: packages }) },
    more: {
      'package.json': JSON.stringify({
        name: 'app',
        version: '1.0.0',
        dependencies: { ...packages, ms: '2.1.3', 'left-pad': '1.3.0' },
      }),
    },
    work: /npm http fetch GET 200 .*\((?!cache hit)|npm http fetch GET 200 [^(]*$/gm,
  },
  {
    name: 'go-build',
    mount: 'go-build',
    dockerfile: `FROM tools
WORKDIR /app
COPY . .
ARG BUILD
RUN --mount=type=cache,id=go-build,target=/root/.cache/go-build CGO_ENABLED=0 go build -v -gcflags=all=-B -o /bin/app .
`,
    files: { 'go.mod': 'module app\n\ngo 1.19\n', 'main.go': main(goImports, goUses) },
    more: {
      'go.mod': 'module app\n\ngo 1.19\n',
      'main.go': main([...goImports, 'encoding/csv', 'os'], `${goUses}\tcsv.NewWriter(os.Stdout).Flush()\n`),
    },
    work: /^(?:[a-z]+\/)*[a-z0-9]+$/gm,
  },
  {
    name: 'cargo-build',
    mount: 'cargo-target',
    dockerfile: `FROM tools
WORKDIR /app
COPY . .
ARG BUILD
RUN --mount=type=cache,id=cargo-target,target=/app/target cargo build -v --offline && cp target/debug/app /bin/app
`,
    files: {
      '.cargo/config.toml':
        '[source.crates-io]\nreplace-with = "debian"\n\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n',
      'Cargo.toml': manifest(crates),
      'src/main.rs': rust(''),
    },
    more: {
      'Cargo.toml': manifest(`${crates}semver = "1"\n`),
      'src/main.rs': rust('    println!("{}", semver::Version::new(1, 2, 3));\n'),
    },
    work: /^\s*(?:Compiling|Dirty|Downloading|Downloaded) /gm,
  },
]
