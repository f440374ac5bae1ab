mkdir -p other/sub app; echo o > other/o; echo s > other/sub/s; echo x > other/x.md; echo a > app/a; echo "*.md" > other/.dockerignore; echo "other" > .dockerignore
