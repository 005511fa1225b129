package cli

import (
	"time"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/objects"
	"github.com/cosemu/cosemu/emulator"
)

// grammar is the command line.
type grammar struct {
	serving

	Put         objects.Put    `cmd:"" group:"first" settings:"server,listen" help:"Upload a file or a folder." zh:"上传文件或目录。"`
	Why         whyCmd         `cmd:"" group:"first" settings:"server" help:"Explain why a running server refused a request, by its request id." zh:"按 RequestId 说明运行中的服务器为什么拒绝了请求。"`
	Get         objects.Get    `cmd:"" group:"objects" settings:"server,listen" help:"Download an object, or all below a path." zh:"下载对象，或路径下的全部对象。"`
	Ls          objects.List   `cmd:"" group:"objects" settings:"server,listen" help:"List buckets or objects." zh:"列出存储桶或对象。"`
	Rm          objects.Remove `cmd:"" group:"objects" settings:"server,listen" help:"Remove objects, or a bucket." zh:"删除对象或存储桶。"`
	Cp          objects.Copy   `cmd:"" group:"objects" settings:"server,listen" help:"Copy objects within the server." zh:"在服务器内部复制对象。"`
	Requests    requestsCmd    `cmd:"" group:"running" settings:"server" help:"List the requests of a running server, and why it refused some." zh:"列出运行中的服务器的请求，并说明拒绝的原因。"`
	Clock       clockCmd       `cmd:"" group:"running" help:"Read or change the time of a running server." zh:"查看或修改运行中的服务器的时间。"`
	Reset       resetCmd       `cmd:"" group:"running" settings:"server" help:"Return a running server to its state at the start." zh:"让运行中的服务器恢复到启动时的状态。"`
	Snapshot    snapshotCmd    `cmd:"" group:"running" help:"Save and load the buckets of an account, as fixtures." zh:"保存和载入一个账号的存储桶，供测试使用。"`
	Wait        waitCmd        `cmd:"" group:"running" settings:"server" help:"Wait until requests arrive at a running server, or check that none does. Exit code 0: as expected, 1: not." zh:"等待运行中的服务器收到请求，或检查没有请求到达。退出码 0：符合期望，1：不符合。"`
	Report      reportCmd      `cmd:"" group:"running" settings:"server" help:"Export the requests of a running server as JSON lines, HAR or JUnit XML." zh:"把运行中的服务器的请求导出为 JSON Lines、HAR 或 JUnit XML。"`
	Account     accountCmd     `cmd:"" group:"running" help:"Make accounts for tests that run side by side." zh:"为并行的测试创建账号。"`
	Fault       faultCmd       `cmd:"" group:"running" help:"Plan faults that the requests of a client meet." zh:"安排客户端请求会遇到的故障。"`
	Healthcheck healthcheckCmd `cmd:"" group:"running" settings:"config,console,ready-file,tls-cert" help:"Ask a running server whether it is ready. Exit code 0: ready, 1: not ready." zh:"查询运行中的服务器是否就绪。退出码 0：就绪，1：未就绪。"`
	Presign     presignCmd     `cmd:"" group:"offline" settings:"server" help:"Print a pre-signed URL. Needs no running server." zh:"输出预签名 URL，不需要运行中的服务器。"`
	Recipe      recipeCmd      `cmd:"" group:"offline" settings:"config" help:"Print a short program that uploads to this server, by an SDK and by a pre-signed URL." zh:"输出一个简短的上传程序，分别用 SDK 和预签名 URL 上传到这个服务器。"`
	Explain     explainCmd     `cmd:"" group:"offline" settings:"config" help:"Explain why a URL, a curl command or a 403 of COS itself fails. Needs no running server." zh:"说明 URL、curl 命令或线上 COS 的 403 为什么失败，不需要运行中的服务器。"`
	Policy      policyCmd      `cmd:"" group:"offline" help:"Test policies." zh:"测试策略。"`
	Check       checkCmd       `cmd:"" group:"keep" settings:"config,data" help:"Verify a data folder. Exit code 0: sound, 3: damaged." zh:"检查数据目录。退出码 0：完好，3：已损坏。"`
	Rescue      rescueCmd      `cmd:"" group:"keep" settings:"config,data" help:"Make a damaged data folder open again, with what can be saved." zh:"让损坏的数据目录可以重新打开，并抢救剩余的数据。"`
	Completion  completionCmd  `cmd:"" group:"keep" help:"Print a file that lets a shell complete commands and flags." zh:"输出让 shell 补全命令和选项的文件。"`
	Man         manCmd         `cmd:"" group:"keep" help:"Print the manual page." zh:"输出手册页。"`
	Version     versionCmd     `cmd:"" group:"keep" help:"Print the version." zh:"显示版本。"`
}

// serving is the part of the grammar that serves. It is a parser of its own, so
// that a server starts sooner. All settings are flags of the whole: each command
// has them from flags, environment and file alike, and its tag settings names
// those that may be given to it as flags; server is those of findsServer.
type serving struct {
	config.Settings

	Lang        string           `placeholder:"LANG" enum:"zh,en," default:"" group:"show" help:"Language: zh or en (default: from $$LC_ALL, $$LC_MESSAGES or $$LANG)." zh:"语言：zh 或 en（默认取自 $$LC_ALL、$$LC_MESSAGES 或 $$LANG）。"`
	VersionFlag kong.VersionFlag `name:"version" help:"Print the version." zh:"显示版本。"`

	Serve serveCmd `cmd:"" group:"first" settings:"all" help:"Serve the COS API (the default command)." zh:"提供 COS API（默认命令）。"`
}

// A span is a length of time on the command line, in days too.
type span time.Duration

// UnmarshalText reads it.
func (s *span) UnmarshalText(text []byte) error {
	d, err := emulator.ParseDuration(string(text))
	*s = span(d)
	return err
}

// about describes the whole command.
func about() (en, zh string) {
	return `cosemu is a local Tencent Cloud COS emulator. Point an SDK, a browser or curl at it: it judges a signed upload as COS does.

Without arguments it serves with the defaults, and prints a URL to upload to.

"cosemu help COMMAND" explains a command.

Exit codes: 0 done, 1 failed, 2 wrong flags or configuration, 3 the checked data folder is damaged.`,
		`cosemu 是本地的腾讯云 COS 模拟器。让 SDK、浏览器或 curl 访问它，它会像 COS 一样判定带签名的上传。

不带参数时按默认配置启动，并给出可用于上传的 URL。

"cosemu help COMMAND" 说明某个命令。

退出码：0 完成，1 失败，2 选项或配置有误，3 检查的数据目录已损坏。`
}

// commandGroup is the title of a group of commands.
func commandGroup(key string) (en, zh string) {
	switch key {
	case "first":
		return "To begin with:", "先用这些："
	case "objects":
		return "Objects of a running server:", "运行中的服务器里的对象："
	case "running":
		return "Control a running server:", "控制运行中的服务器："
	case "offline":
		return "Without a server:", "不需要服务器："
	case "keep":
		return "Data folders and this program:", "数据目录和程序本身："
	}
	return "Commands:", "命令："
}

// groupTitle is the title of a group of flags.
func groupTitle(key string) (en, zh string) {
	switch key {
	case "config":
		return "Configuration:", "配置："
	case "serve":
		return "Listening:", "监听："
	case "storage":
		return "Storage:", "存储："
	case "cloud":
		return "COS:", "COS："
	case "log":
		return "Log (on stderr):", "日志（标准错误）："
	case "requests":
		return "Which requests:", "哪些请求："
	case "show":
		return "Output:", "输出："
	}
	return "Flags:", "选项："
}
