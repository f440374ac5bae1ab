echo a > A.md; echo b > b.MD; echo c > c.md; printf "*.md\n" > .dockerignore
