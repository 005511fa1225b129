package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when a release or an image is built:
// -ldflags "-X github.com/cosemu/cosemu/cmd/internal/cli.version=v1.2.3".
// The program itself never writes it.
var version string

type versionCmd struct{}

// Run prints the version on a line.
func (versionCmd) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, versionLine())
	return err
}

// versionLine names the version, the Go release and the platform.
func versionLine() string {
	return fmt.Sprintf("cosemu %s (%s %s/%s)", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionText is the version as built: by -ldflags, else the module's version,
// else the commit.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
