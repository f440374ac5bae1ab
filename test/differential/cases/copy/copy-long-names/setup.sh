n=$(printf "%0100d" 0); mkdir -p d/$n/$n; echo x > d/$n/$n/$n$n; ln -s $n/$n/$n$n d/link
