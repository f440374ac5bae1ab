# The fewest rights for the rung chroot in a container of Docker's default seccomp profile.
tar -c . | docker run --rm -i \
  --read-only --tmpfs /var/lib/tsbuild:exec,dev --tmpfs /tmp:exec -e TSBUILD_ISOLATION=chroot \
  --security-opt no-new-privileges --cap-drop ALL \
  --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add FSETID --cap-add KILL --cap-add MKNOD \
  --cap-add SETFCAP --cap-add SETGID --cap-add SETPCAP --cap-add SETUID --cap-add SYS_CHROOT \
  registry.example/tsbuild:1 \
  tsbuild -o type=oci,dest=- - > ../app.tar
