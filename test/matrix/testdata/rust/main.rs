//! A static program: threads, files, owners, a child.
use std::os::unix::fs::MetadataExt;
use std::{env, fs, process::Command, thread};

fn main() {
    let threads: Vec<_> = (0..20).map(|_| thread::spawn(|| fs::read("/etc/passwd").unwrap().len())).collect();
    let lengths: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    println!("{}", lengths.windows(2).all(|pair| pair[0] == pair[1]));
    let path = env::temp_dir().join("made-by-rust");
    fs::write(&path, "x").unwrap();
    println!("{}", fs::metadata(&path).unwrap().uid());
    fs::remove_file(&path).unwrap();
    let output = Command::new("id").arg("-un").output().unwrap();
    print!("{}", String::from_utf8(output.stdout).unwrap());
    println!("{:?}", env::current_exe());
}
