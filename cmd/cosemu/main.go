// Command cosemu is Tencent Cloud COS on this machine: an emulator that judges
// signed uploads as the cloud does. `cosemu --help` says more.
package main

import (
	"os"

	"github.com/cosemu/cosemu/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
