mkdir -p a/b/c d node_modules/x; echo 1 > a/f.txt; echo 2 > a/b/f.txt; echo 3 > a/b/c/f.md; echo 4 > d/g.txt; echo 5 > top.md; echo 6 > node_modules/x/y; echo 7 > .env; echo 8 > "sp ace"; cat > .dockerignore <<'EOF'
top.md

EOF
