mkdir -p served/repo/sub; cd served/repo; git -c init.defaultBranch=main init -q; echo one > f; echo s > sub/s; chmod 755 sub/s; ln -s f l
export GIT_AUTHOR_DATE=1500000000+0000 GIT_COMMITTER_DATE=1500000000+0000; c() { git -c user.name=n -c user.email=e -c commit.gpgsign=false "$@"; }
git add .; c commit -qm one; git tag v1; echo two > f; git add .; c commit -qm two; git checkout -q -b other; echo three > f; git add .; c commit -qm three; git checkout -q main; cd ../..; git clone -q --bare served/repo served/repo.git 2>/dev/null
