# No rights at all: an ordinary user, no capabilities, a read-only root, the default seccomp profile.
tar -c . | docker run --rm -i \
  -u 1000 --read-only --tmpfs /tmp:exec,mode=1777 -e TSBUILD_ROOT=/tmp/store \
  --security-opt no-new-privileges --cap-drop ALL \
  registry.example/tsbuild:1 \
  tsbuild -o type=oci,dest=- - > ../app.tar
