package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/testdata/recipes"
	"github.com/dustin/go-humanize"
)

// announce prints that the server is ready: the first screen on stdout, or one
// log line in JSON logs. Then it writes the ready file, so that a reader of it
// finds the screen complete.
func (s *server) announce(stdout io.Writer) error {
	if err := s.introduce(stdout); err != nil {
		return err
	}
	return s.writeReadyFile()
}

func (s *server) introduce(stdout io.Writer) error {
	if s.settings.LogFormat == config.LogJSON {
		attrs := []any{"listen", s.api.Addr().String(), "console", s.console.Addr().String(), "version", versionText()}
		if s.tls != nil {
			attrs = append(attrs, "tls_listen", s.tls.Addr().String())
		}
		if _, most := s.store.Memory(); most > 0 {
			attrs = append(attrs, "max_memory", humanize.IBytes(uint64(most)))
		}
		s.log.Info("ready", attrs...)
		return nil
	}
	_, err := io.WriteString(stdout, s.welcome())
	return err
}

// welcome is the first screen: addresses, key pair, bucket, two commands to
// paste, and the commands to try next. It shows no configured secret.
func (s *server) welcome() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s "+format+"\n", append([]any{name}, args...)...)
	}
	fmt.Fprintf(&b, "cosemu %s: Tencent Cloud COS on this machine\n\n", versionText())
	row("API", "http://%s", s.api.callable())
	if s.tls != nil {
		row("TLS", "https://%s   (CA: http://%s/ca.pem)", s.tls.callable(), s.console.callable())
	}
	about := ""
	if s.own != nil {
		about += ", https from elsewhere"
	}
	if s.settings.ControlToken != "" {
		about += ", asks for the control token"
	}
	if about != "" {
		about = "   (" + about[2:] + ")"
	}
	row("Console", "http://%s%s", s.console.callable(), about)
	for _, k := range s.settings.Credentials {
		row("SecretId", "%s", k.SecretID)
		if s.settings.DefaultKey {
			row("SecretKey", "%s   (made up, for local use)", k.SecretKey)
		}
	}
	for _, k := range s.settings.Buckets {
		about := k.Region
		switch { // what a data folder holds is known only once it is open
		case k.ACL != "":
			about += ", " + k.ACL
		case s.settings.Data == "":
			about += ", " + emulator.ACLPrivate
		}
		row("Bucket", "%s   (%s)", k.Name, about)
	}
	if s.settings.Data == "" {
		_, most := s.store.Memory()
		row("Storage", "in memory, up to %s", humanize.IBytes(uint64(most)))
	} else {
		row("Storage", "%s", s.settings.Data)
	}
	b.WriteString(s.invitation())
	b.WriteString(s.next())
	return b.String()
}

// welcomeKey is the key of the object that the welcome's command lines use.
const welcomeKey = "hello.txt"

// invitation is an upload and a download to paste; empty if no configured key
// pair may use a configured bucket.
func (s *server) invitation() string {
	sign := func(method string) (string, bool) {
		for _, b := range s.settings.Buckets {
			r, err := s.emulator.Presign(emulator.PresignRequest{
				Method: method, Bucket: b.Name, Key: welcomeKey, Expires: 24 * time.Hour,
			})
			if err == nil {
				return r.URL, true
			}
		}
		return "", false
	}
	put, ok := sign(http.MethodPut)
	get, ok2 := sign(http.MethodGet)
	if !ok || !ok2 {
		return "\n"
	}
	return "\nUpload something; this URL is valid for a day:\n\n" +
		"  echo hello | curl -T - '" + put + "'\n\nand read it back:\n\n  curl '" + get + "'\n\n"
}

// ready is what the ready file holds.
type ready struct {
	Listen    string `json:"listen"`               // host:port of the COS API
	TLSListen string `json:"tls_listen,omitempty"` // the same over TLS, if there is such a port
	Console   string `json:"console"`              // host:port of the control listener
	PID       int    `json:"pid"`
}

// next names commands for another terminal. They read the server's environment
// and file, but not its flags.
func (s *server) next() string {
	recipe, why := "cosemu recipe go", "cosemu why last"
	if s.api.callable() != config.DefaultListen {
		recipe += " --endpoint " + s.api.callable()
	}
	if s.console.callable() != config.DefaultConsole {
		why += " --console " + s.console.callable()
	}
	width := max(len(recipe), len(why))
	return fmt.Sprintf("In another terminal:\n\n  %-*s   prints a program for an SDK (%s, ...)\n  %-*s   says why the latest refused request was refused\n\n",
		width, recipe, strings.Join(recipes.Names()[1:6], ", "), width, why)
}

// writeReadyFile renames a complete file into place, so that nobody reads half
// of it.
func (s *server) writeReadyFile() error {
	name := s.settings.ReadyFile
	if name == "" {
		return nil
	}
	r := ready{Listen: s.api.callable(), Console: s.console.callable(), PID: os.Getpid()}
	if s.tls != nil {
		r.TLSListen = s.tls.callable()
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temporary := name + ".new"
	if err = os.WriteFile(temporary, append(data, '\n'), 0o644); err == nil { //nolint:gosec // others may wait for it
		err = os.Rename(temporary, name)
	}
	if err != nil {
		return lang.Errorf("ready_file: %v", "ready_file：%v", err)
	}
	return nil
}

func (s *server) removeReadyFile() {
	if s.settings.ReadyFile == "" {
		return
	}
	if err := os.Remove(s.settings.ReadyFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("the ready file could not be removed", "error", err)
	}
}
