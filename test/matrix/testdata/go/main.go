// A static program: threads, files, owners, a child, a server on loopback.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"sync"
	"syscall"
)

func main() {
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := os.ReadFile("/etc/passwd"); err != nil {
				panic(err)
			}
		}()
	}
	group.Wait()
	who, err := user.Current()
	fmt.Println(who.Username, err)
	file, err := os.CreateTemp("", "x")
	if err != nil {
		panic(err)
	}
	defer os.Remove(file.Name())
	fmt.Println(os.Chown(file.Name(), 33, 44) == nil)
	status, _ := os.Stat(file.Name())
	fmt.Println(status.Sys().(*syscall.Stat_t).Uid == uint32(os.Getuid()))
	output, err := exec.Command("id", "-u").Output()
	fmt.Print(string(output), err, "\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "served") }))
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(string(body))
	self, err := os.Executable()
	fmt.Println(self, err)
}
