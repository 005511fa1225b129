package config

import (
	"log/slog"
	"time"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/emulator"
)

// The key pair, bucket, account and addresses when nothing is configured.
const (
	DefaultSecretID  = emulator.DefaultSecretID
	DefaultSecretKey = emulator.DefaultSecretKey
	DefaultBucket    = emulator.DefaultBucket
	DefaultAppID     = "1250000000"
	DefaultListen    = "127.0.0.1:9000"
	DefaultConsole   = "127.0.0.1:9001"
)

// Settings is every setting there is, each declared here and nowhere else. The
// name of a field is its flag (--log-level), its variable (COSEMU_LOG_LEVEL) and
// its key in a file (log_level); a prefix is a mapping there. The tag type names
// the reader (readers.go) that takes the value from all three.
type Settings struct {
	Config string `group:"config" placeholder:"FILE" help:"Read settings from this YAML file ($$COSEMU_CONFIG)." zh:"从这个 YAML 文件读取配置（$$COSEMU_CONFIG）。"`

	Listen       string        `type:"address" default:"${listen}" group:"serve" placeholder:"HOST:PORT" help:"Address of the COS API (default ${default}). Port 0 takes a free port." zh:"COS API 的监听地址（默认 ${default}）。端口 0 表示任选空闲端口。"`
	TLSListen    string        `name:"tls-listen" type:"address-or-none" group:"serve" placeholder:"HOST:PORT" help:"Address of the COS API over TLS, with a certificate of cosemu's own CA (default: none). https through the proxy works without it." zh:"COS API 的 TLS 监听地址，证书由 cosemu 自己的 CA 签发（默认不开）。经代理访问 https 不需要它。"`
	TLSCert      string        `name:"tls-cert" type:"text" group:"serve" placeholder:"FILE" help:"Certificate of your own (PEM, with its chain) for --tls-listen, under the names in it, and for the control listener, which then speaks https; plain http only with this machine." zh:"自己的证书（PEM，含证书链）：用于 --tls-listen 中证书所含的域名，以及控制端口。控制端口随即使用 https，只有本机可以用 http。"`
	TLSKey       string        `name:"tls-key" type:"text" group:"serve" placeholder:"FILE" help:"Private key of that certificate (PEM, not encrypted)." zh:"该证书的私钥（PEM，未加密）。"`
	CA           string        `name:"ca" type:"text" group:"serve" placeholder:"DIR" help:"Folder of that CA: ca.pem and ca-key.pem, created if missing (default: the data folder; without one, a new CA at each start). The control listener serves the certificate at /ca.pem." zh:"存放该 CA 的目录：ca.pem 和 ca-key.pem，没有则新建（默认用数据目录；没有数据目录时每次启动都新建 CA）。控制端口的 /ca.pem 提供证书。"`
	Console      string        `type:"console" default:"${console}" group:"serve" placeholder:"HOST:PORT" help:"Address of the control listener, with the web console (default ${default}). Commands take https://HOST:PORT too." zh:"控制端口（含网页控制台）的监听地址（默认 ${default}）。各命令也接受 https://HOST:PORT。"`
	ConsoleHosts []string      `type:"hosts" group:"serve" placeholder:"NAME,…" help:"Host names of the control listener besides localhost and its own address, such as a container's service name." zh:"除 localhost 和自身地址外，控制端口接受的主机名，例如容器的服务名。"`
	ControlToken string        `type:"secret" group:"serve" placeholder:"TOKEN" help:"What the control API, the web console and the commands must send, for a server that others reach. /healthz and /ca.pem need none. Other users can see a command line, so prefer the variable or the file." zh:"控制 API、网页控制台和各命令须提供的口令，用于他人也能访问的服务器。/healthz 和 /ca.pem 不需要。其他用户能看到命令行，最好用环境变量或配置文件。"`
	ReadyFile    string        `type:"text" group:"serve" placeholder:"FILE" help:"JSON file with the server's addresses. The server writes it once it is ready, and removes it when it stops." zh:"写有服务器各地址的 JSON 文件。服务器就绪后写入，停止时删除。"`
	Grace        time.Duration `type:"duration" default:"30s" group:"serve" placeholder:"DURATION" help:"How long requests in flight may take to finish after SIGTERM (default ${default})." zh:"收到 SIGTERM 后，等待进行中的请求完成的最长时间（默认 ${default}）。"`

	Data      string `type:"text" group:"storage" placeholder:"DIR" help:"Keep everything in this folder (default: in memory)." zh:"把所有数据保存在这个目录（默认在内存中）。"`
	Fsync     bool   `type:"switch" negatable:"" group:"storage" help:"Sync each upload to the disk before it is acknowledged, so that it survives a power loss." zh:"每次上传先同步到磁盘再返回成功，断电也不丢失。"`
	MaxMemory int64  `type:"size" group:"storage" placeholder:"SIZE" help:"How much memory objects may take without --data, such as 512MiB (default: three quarters of the container's or machine's memory). Further uploads are refused." zh:"没有 --data 时对象最多占用的内存，例如 512MiB（默认为容器或机器内存的四分之三）。超出后拒绝上传。"`
	Seed      string `type:"text" group:"storage" placeholder:"DIR" help:"Load the files of this folder at the start: DIR/<bucket>/<key>. Existing objects stay as they are." zh:"启动时载入这个目录里的文件：DIR/<bucket>/<key>。已有的对象保持不变。"`

	Region      string                  `type:"region" default:"${region}" group:"cloud" placeholder:"REGION" help:"Region of buckets that name none (default ${default})." zh:"未写明地域的存储桶所在的地域（默认 ${default}）。"`
	Buckets     []emulator.BucketConfig `type:"buckets" default:"${bucket}" group:"cloud" placeholder:"BUCKET,…" help:"Buckets to create: name[:region[:acl]],… (default ${default})." zh:"要创建的存储桶：name[:region[:acl]],…（默认 ${default}）。"`
	Credentials []emulator.Key          `type:"credentials" default:"${key}" group:"cloud" placeholder:"PAIR,…" help:"Key pairs: secret_id:secret_key[:appid],… Other users can see a command line, so prefer the variable or the file." zh:"密钥：secret_id:secret_key[:appid],… 其他用户能看到命令行，最好用环境变量或配置文件。"`
	Roles       []emulator.Role         `type:"roles" group:"cloud" placeholder:"ROLE,…" help:"Roles for AssumeRole at STS: name[:appid],… A role with a policy needs the form of the file." zh:"STS AssumeRole 可以扮演的角色：name[:appid],… 带策略的角色要用配置文件的写法。"`
	Tokens      emulator.TokenAlphabet  `type:"tokens" default:"url" group:"cloud" placeholder:"ALPHABET" help:"url: tokens of temporary keys are URL-safe, as on COS (default). standard: each contains +, / and =." zh:"url：临时密钥的 Token 只含 URL 安全字符，与线上 COS 相同（默认）。standard：每个都含有 +、/ 和 =。"`
	Clock       ClockStart              `type:"clock" group:"cloud" placeholder:"TIME" help:"Freeze the clock at a time (RFC 3339 or Unix seconds) or shift it: --clock=-20m." zh:"把时钟固定在某一时刻（RFC 3339 或 Unix 秒），或者拨快、拨慢：--clock=-20m。"`
	Verify      emulator.VerifyMode     `type:"verify" default:"enforce" group:"cloud" placeholder:"MODE" help:"enforce: refuse what COS refuses (default). report: serve it, and name the refusal in x-cosemu-verdict." zh:"enforce：线上 COS 会拒绝的请求一律拒绝（默认）。report：照常处理，并在 x-cosemu-verdict 里写明会怎样拒绝。"`
	DefaultCORS emulator.CORSMode       `name:"default-cors" type:"cors" default:"none" group:"cloud" placeholder:"MODE" help:"none: pages of other origins need a CORS rule (default). permissive: in a bucket without CORS rules, every page may do everything." zh:"none：其他来源的网页需要跨域规则（默认）。permissive：存储桶没有跨域规则时，任何网页都可以访问。"`
	Strict      Strict                  `embed:"" prefix:"strict-" group:"cloud"`
	Domains     []string                `type:"hosts" default:"localhost" group:"cloud" placeholder:"NAME,…" help:"Host names of the API besides COS's own (default ${default})." zh:"除 COS 自己的域名外，访问 API 所用的主机名（默认 ${default}）。"`
	Aliases     map[string]string       `type:"aliases" group:"cloud" placeholder:"PAIR,…" help:"Hosts, or host:port, that stand for a bucket, as custom domains do: host=bucket,…" zh:"代表某个存储桶的主机名或 host:port，如同自定义域名：host=bucket,…"`
	MaxAccounts int                     `type:"count" default:"100000" group:"cloud" placeholder:"N" help:"How many accounts the control API may make (default ${default})." zh:"控制 API 最多可以创建的账号数（默认 ${default}）。"`

	LogFormat string     `type:"log-format" default:"text" group:"log" placeholder:"FORMAT" help:"text or json (default ${default})." zh:"text 或 json（默认 ${default}）。"`
	LogLevel  slog.Level `type:"log-level" default:"info" group:"log" placeholder:"LEVEL" help:"debug, info, warn or error (default ${default}). Accepted requests are info, refused ones warn." zh:"debug、info、warn 或 error（默认 ${default}）。接受的请求记为 info，拒绝的记为 warn。"`

	// DefaultKey reports that Credentials is the published default pair, whose
	// secret may be shown. A configured secret never is.
	DefaultKey bool `kong:"-"`
}

// Strict are emulator.Strict: rules that are off by default.
type Strict struct {
	PathStyle   bool `type:"switch" negatable:"" help:"Refuse path-style requests (bucket in the path) with PathStyleDomainForbidden, as COS does for buckets created since 2024." zh:"拒绝 path-style 请求（存储桶写在路径里），返回 PathStyleDomainForbidden，与 COS 对 2024 年后创建的存储桶一样。"`
	CutAtExpiry bool `type:"switch" negatable:"" help:"Cut an upload or download when its signature or temporary key expires." zh:"签名或临时密钥到期时，中断正在进行的上传或下载。"`
	AppID       bool `name:"appid" type:"switch" negatable:"" help:"Key pairs must state their APPID, and each configured bucket needs a key pair of its account." zh:"密钥必须写明 APPID，每个配置的存储桶都要有所属账号的密钥。"`
}

// vars are the defaults that are constants elsewhere, for the tags.
func vars() kong.Vars {
	return kong.Vars{
		"listen": DefaultListen, "console": DefaultConsole, "region": emulator.DefaultRegion, "bucket": DefaultBucket,
		"key": DefaultSecretID + ":" + DefaultSecretKey + ":" + DefaultAppID,
	}
}

// The forms of log lines.
const (
	LogText = "text"
	LogJSON = "json"
)

// ClockStart is the state of the clock at the start: frozen at a time, shifted
// by an offset, or, when zero, the real time.
type ClockStart struct {
	Frozen time.Time
	Offset time.Duration
}

// AppID is the account of key pairs that come without one; none under
// strict.appid.
func (s *Settings) AppID() string {
	if s.Strict.AppID {
		return ""
	}
	if len(s.Buckets) > 0 {
		return emulator.BucketAccount(s.Buckets[0].Name)
	}
	return DefaultAppID
}
