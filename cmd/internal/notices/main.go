// Command notices prints the licences of all modules in a program, and of Go itself, with their
// text: go run ./cmd/internal/notices ./cmd/cosemu. A module without a licence is an error.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: notices PACKAGE")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "notices: "+err.Error())
		os.Exit(1)
	}
}

// A module is a module in a program, with its folder.
type module struct{ name, dir string }

// write prints the licences of all modules in pkg.
func write(w io.Writer, pkg string) error {
	modules, err := linked(pkg)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "The licences of what cosemu is built from: %d parts.\n", len(modules))
	for _, m := range modules {
		files, err := licences(m)
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "\n%s\n%s, %s\n%[1]s\n\n", strings.Repeat("=", 80), m.name, filepath.Base(file))
			out.Write(bytes.TrimRight(text, "\n"))
			out.WriteByte('\n')
		}
	}
	if err := vendored(&out, pkg); err != nil {
		return err
	}
	_, err = out.WriteTo(w)
	return err
}

// vendored adds the licences of what is embedded in the program: the files NAME.LICENSE beside it, in
// folders called vendor.
func vendored(out *bytes.Buffer, pkg string) error {
	root, err := output("list", "-f", "{{.Module.Dir}}", pkg)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "node_modules", "testdata"}, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || filepath.Base(filepath.Dir(file)) != "vendor" || filepath.Ext(file) != ".LICENSE":
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s\n%s, in the web pages of cosemu\n%[1]s\n\n", strings.Repeat("=", 80), strings.TrimSuffix(d.Name(), ".LICENSE"))
		out.Write(bytes.TrimRight(text, "\n"))
		out.WriteByte('\n')
		return nil
	})
}

// linked returns the modules in pkg, without its own, and Go's standard library.
func linked(pkg string) ([]module, error) {
	text, err := output("list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", pkg)
	if err != nil {
		return nil, err
	}
	version, err := output("env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	root, err := output("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	modules := []module{{"Go " + version, root}}
	for _, line := range slices.Compact(lines) {
		if name, dir, ok := strings.Cut(line, "\t"); ok {
			modules = append(modules, module{name, dir})
		}
	}
	return modules, nil
}

// output runs the go command.
func output(args ...string) (string, error) {
	text, err := exec.Command("go", args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("go %s: %s", args[0], bytes.TrimSpace(failed.Stderr))
	}
	return strings.TrimSpace(string(text)), err
}

// licences returns the files of a module with its licence and its notices.
func licences(m module) ([]string, error) {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return nil, err
	}
	var files []string
	licensed := false
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		grants := strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "COPYING")
		if e.Type().IsRegular() && (grants || strings.HasPrefix(name, "NOTICE")) {
			files = append(files, filepath.Join(m.dir, e.Name()))
			licensed = licensed || grants
		}
	}
	if !licensed {
		return nil, fmt.Errorf("%s has no licence in %s", m.name, m.dir)
	}
	return files, nil
}
