package cli

import (
	"time"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/emulator"
)

// grammar is the command line. Flags hold texts: config.Load reads and checks
// them together with the environment and the file, so that a value means the
// same, and is refused with the same words, wherever it stands.
type grammar struct {
	Serve       serveCmd       `cmd:"" help:"Serve the COS API (the default command)."`
	Presign     presignCmd     `cmd:"" help:"Print a pre-signed URL. Needs no running server."`
	Recipe      recipeCmd      `cmd:"" help:"Print a short program that uploads to this server: by an SDK, and by a pre-signed URL."`
	Why         whyCmd         `cmd:"" help:"Say why a running server refused a request, by its request id."`
	Explain     explainCmd     `cmd:"" help:"Say why a URL, a curl command or the real cloud's 403 fails. Needs no running server."`
	Policy      policyCmd      `cmd:"" help:"Try out policies."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running server whether it is ready; exit 0 when it is, 1 when not."`
	Check       checkCmd       `cmd:"" help:"Verify a data folder; exit 0 when it is sound, 3 when it is damaged."`
	Rescue      rescueCmd      `cmd:"" help:"Make a damaged data folder open again, with what can be saved."`
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

// configFlag is the flag of every command that reads settings.
type configFlag struct {
	Config string `help:"Read settings from this YAML file ($COSEMU_CONFIG)." placeholder:"FILE" group:"config"`
}

// settingFlags are the flags of the server's settings; config's table has
// their meaning, and none has a default here.
type settingFlags struct {
	Listen    string `help:"Address of the COS API (default 127.0.0.1:9000). Port 0 takes a free one." placeholder:"HOST:PORT" group:"serve"`
	TLSListen string `name:"tls-listen" help:"Address of the COS API over TLS, with a certificate of cosemu's own CA (default: none). https through the proxy needs none." placeholder:"HOST:PORT" group:"serve"`
	CA        string `name:"ca" help:"Folder of that CA: ca.pem and ca-key.pem, made if they are not there (default: the data folder, else another CA at each start). Clients get the certificate at /ca.pem on the control listener." placeholder:"DIR" group:"serve"`
	Console   string `help:"Address of the control listener (default 127.0.0.1:9001)." placeholder:"HOST:PORT" group:"serve"`

	ConsoleHosts []string `help:"Host names by which the control listener may be called besides localhost and its own address, such as a container's service name." placeholder:"NAME,…" sep:"none" group:"serve"`
	ReadyFile    string   `help:"Write the chosen addresses to this file, as JSON, once both accept; it is removed at the end." placeholder:"FILE" group:"serve"`
	Grace        string   `help:"How long uploads in flight may take to finish after SIGTERM (default 30s)." placeholder:"DURATION" group:"serve"`

	Data      string `help:"Keep everything in this folder (default: in memory)." placeholder:"DIR" group:"storage"`
	Fsync     bool   `help:"Sync each upload to the disk before it is acknowledged, so that it survives a loss of power." negatable:"" group:"storage"`
	MaxMemory string `name:"max-memory" help:"How much memory objects may take without --data, such as 512MiB (default: three quarters of what the container or the machine has). Uploads beyond it are refused." placeholder:"SIZE" group:"storage"`

	Seed string `help:"Load the files of this folder at the start: DIR/<bucket>/<key>. Objects that are there already stay." placeholder:"DIR" group:"storage"`

	Region      string   `help:"Region of buckets that name none (default ap-guangzhou)." placeholder:"REGION" group:"cloud"`
	Buckets     []string `help:"Buckets to have: name[:region[:acl]],… (default test-1250000000)." placeholder:"BUCKET,…" sep:"none" group:"cloud"`
	Credentials []string `help:"Key pairs to know: secret_id:secret_key[:appid],… A command line is visible to other users: rather use the variable or the file." placeholder:"PAIR,…" sep:"none" group:"cloud"`
	Roles       []string `help:"Roles that can be assumed at STS: name[:appid],…; with their policy as the file has them." placeholder:"ROLE,…" sep:"none" group:"cloud"`
	Tokens      string   `help:"url: the tokens of temporary keys are URL-safe, as the cloud's (default). standard: each has + / = in it." placeholder:"ALPHABET" group:"cloud"`
	Clock       string   `help:"Freeze the clock at a time (RFC 3339 or Unix seconds) or shift it: --clock=-20m." placeholder:"TIME" group:"cloud"`
	Verify      string   `help:"enforce: refuse what the cloud refuses (default). report: serve it, and name the refusal in x-cosemu-verdict." placeholder:"MODE" group:"cloud"`
	DefaultCORS string   `name:"default-cors" help:"none: pages of other origins need a CORS rule (default). permissive: where a bucket has none, every page may do everything." placeholder:"MODE" group:"cloud"`

	StrictPathStyle   bool `help:"Refuse path-style requests (bucket in the path) with PathStyleDomainForbidden, as buckets made since 2024 do." negatable:"" group:"cloud"`
	StrictCutAtExpiry bool `help:"Cut an upload or download that is under way when its signature or temporary key ends." negatable:"" group:"cloud"`
	StrictAppID       bool `name:"strict-appid" help:"Key pairs must state their APPID, and each configured bucket needs a pair of its account." negatable:"" group:"cloud"`

	Domains []string `help:"Host names under which the API is reached besides the cloud's own (default localhost)." placeholder:"NAME,…" sep:"none" group:"cloud"`
	Aliases []string `help:"Hosts, or host:port, that stand for a bucket, as custom domains do: host=bucket,…" placeholder:"PAIR,…" sep:"none" group:"cloud"`

	LogFormat string `help:"text or json (default text)." placeholder:"FORMAT" group:"log"`
	LogLevel  string `help:"debug, info, warn or error (default info; an accepted request is info, a refused one warn)." placeholder:"LEVEL" group:"log"`
}

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
