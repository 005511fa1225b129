package cli

import (
	"time"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/emulator"
)

// grammar is the command line. All settings are flags of the whole, so that each
// command has them by way of flags, environment and file alike; the tag settings
// names those that may be given to a command as flags.
type grammar struct {
	config.Settings

	Serve       serveCmd       `cmd:"" settings:"all" help:"Serve the COS API (the default command)."`
	Presign     presignCmd     `cmd:"" settings:"config" help:"Print a pre-signed URL. Needs no running server."`
	Recipe      recipeCmd      `cmd:"" settings:"config" help:"Print a short program that uploads to this server: by an SDK, and by a pre-signed URL."`
	Why         whyCmd         `cmd:"" settings:"config,console,ready-file" help:"Say why a running server refused a request, by its request id."`
	Explain     explainCmd     `cmd:"" settings:"config" help:"Say why a URL, a curl command or the real cloud's 403 fails. Needs no running server."`
	Policy      policyCmd      `cmd:"" help:"Try out policies."`
	Healthcheck healthcheckCmd `cmd:"" settings:"config,console,ready-file" help:"Ask a running server whether it is ready; exit 0 when it is, 1 when not."`
	Check       checkCmd       `cmd:"" settings:"config,data" help:"Verify a data folder; exit 0 when it is sound, 3 when it is damaged."`
	Rescue      rescueCmd      `cmd:"" settings:"config,data" help:"Make a damaged data folder open again, with what can be saved."`
	Version     versionCmd     `cmd:"" help:"Print the version."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print the version."`
}

// A span is a length of time on the command line, in days too.
type span time.Duration

// UnmarshalText reads it.
func (s *span) UnmarshalText(text []byte) error {
	d, err := emulator.ParseDuration(string(text))
	*s = span(d)
	return err
}

const description = `cosemu is Tencent Cloud COS on this machine: point an SDK, a browser or curl at it, and a signed ` +
	`upload is judged as the cloud judges it.

Alone it serves with the defaults and prints a URL to upload to: cosemu

"cosemu help COMMAND" explains a command.

Exit codes: 0 done, 1 failed, 2 flags or configuration make no sense, 3 a checked data folder is damaged.`

func helpGroups() []kong.Group {
	return []kong.Group{
		{Key: "config", Title: "Configuration:"},
		{Key: "serve", Title: "Listening:"},
		{Key: "storage", Title: "Storage:"},
		{Key: "cloud", Title: "The cloud's part:"},
		{Key: "log", Title: "Log (on stderr):"},
		{Key: "show", Title: "Output:"},
	}
}
