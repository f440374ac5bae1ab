mkdir -p src/a/b/c src/a/b2/c docs/en docs/de
echo 1 > src/a/b/c/one.txt; echo 2 > src/a/b2/c/two.txt; echo 3 > src/a/three.md; echo 4 > src/main.go
echo en > docs/en/index.md; echo de > docs/de/index.md; echo r > README.md
