package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/answer"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/storage"
)

type explainCmd struct {
	showFlags
	Request string   `arg:"" optional:"" help:"A URL, a whole curl command as one argument, the body of a refusal, or the name of a file with one of these. Without it, or with -, it is read from standard input." placeholder:"URL|CURL|FILE" zh:"URL、作为一个参数的完整 curl 命令、拒绝响应的内容，或者存有其中之一的文件名。省略或写 - 时从标准输入读取。"`
	Body    string   `help:"File with the body of a refusal by COS itself: <Error>…</Error>, as copied; - for standard input." placeholder:"FILE" zh:"存有线上 COS 拒绝响应内容的文件：<Error>…</Error>，照原样复制；- 表示标准输入。"`
	Method  string   `help:"Method of the request (default: that of the curl command or the body; for a URL alone the one it was signed for)." placeholder:"METHOD" zh:"请求方法（默认取自 curl 命令或响应内容；只有 URL 时取签名所用的方法）。"`
	Header  []string `help:"Header that the request sends. May be repeated." placeholder:"NAME:VALUE" sep:"none" zh:"请求发送的头部。可以重复。"`
	At      string   `help:"When the request is judged: RFC 3339, Unix seconds, or as in a Date header (default: the ServerTime of the body, else now by the configured clock)." placeholder:"TIME" zh:"判定请求的时刻：RFC 3339、Unix 秒或 Date 头部的格式（默认为响应内容里的 ServerTime，否则为配置的时钟的当前时间）。"`
	Prove   bool     `help:"Ask for the SecretKey on the terminal, without showing it, when neither $$COSEMU_SECRET_KEY nor the configuration has it." zh:"当 $$COSEMU_SECRET_KEY 和配置里都没有 SecretKey 时，在终端上询问，输入时不显示。"`
}

// Details is the longer help of the command.
func (explainCmd) Details() (en, zh string) {
	return `It needs no server and no network. Run it, paste what you have, and end with Ctrl-D:

  cosemu explain

or give a URL, with the method and headers it is used with:

  cosemu explain --method PUT --header 'Content-Type: image/jpeg' 'https://…?q-sign-algorithm=sha1&…'

or the curl command that failed, in a file, because it has quotes of its own:

  cosemu explain failed.sh

or what a browser, an SDK or a terminal shows: fetch, axios or PowerShell code, curl -v, the headers of DevTools, a HAR entry, an exception, a CORS error; other text around it does no harm.

Or a 403 of COS itself. Its FormatString is what COS computed from the request. It is checked against ` +
			`StringToSign; give the request too, and the line that differs is named:

  cosemu explain --body 403.xml 'https://…?q-sign-algorithm=sha1&…'

With the SecretKey a cause is proven, not guessed: a change counts only if undoing it reproduces the ` +
			`client's signature. The SecretKey comes from $COSEMU_SECRET_KEY, from the configuration, or ` +
			`from a prompt with --prove; never from a flag, which other users could see. It is never shown.

Exit codes: 0 explained, or nothing is wrong; 1 the text could not be read; 2 wrong flags or configuration.`,
		`它不需要服务器，也不需要网络。运行它，粘贴内容，按 Ctrl-D 结束：

  cosemu explain

或者给出 URL，以及使用它的方法和头部：

  cosemu explain --method PUT --header 'Content-Type: image/jpeg' 'https://…?q-sign-algorithm=sha1&…'

或者失败的 curl 命令。它自带引号，所以放在文件里：

  cosemu explain failed.sh

或者浏览器、SDK、终端里显示的内容：fetch、axios 或 PowerShell 代码、curl -v、DevTools 里的头部、HAR 条目、异常、跨域报错；前后可以有其他文字。

或者线上 COS 的 403。其中的 FormatString 是 COS 根据请求算出的内容：cosemu 会与 StringToSign 核对；同时给出请求，就能指出不同的那一行：

  cosemu explain --body 403.xml 'https://…?q-sign-algorithm=sha1&…'

有 SecretKey 时，原因不是猜测，而是证实：只有还原某处改动后算出的正是客户端的签名，才算数。` +
			`SecretKey 取自 $COSEMU_SECRET_KEY、配置，或用 --prove 在终端输入；不能用选项给出，因为其他用户能看到；也不会显示。

退出码：0 已说明，或没有问题；1 无法读取内容；2 选项或配置有误。`
}

// Run reads what there is, has it judged, and shows what came of it.
func (c *explainCmd) Run(p *process) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	q, err := c.question(p)
	if err != nil {
		return err
	}
	judge, done, err := offlineJudge(s)
	if err != nil {
		return err
	}
	defer done()
	doc, err := judge.Explain(q)
	if err != nil {
		return misuse(err)
	}
	if c.Prove && !doc.SecretKnown && doc.SecretID != "" {
		if q.Secret, err = askSecretOf(p, doc.SecretID); err != nil {
			return err
		}
		if doc, err = judge.Explain(q); err != nil {
			return misuse(err)
		}
	}
	return c.show(p, answer.OfExplanation(doc), doc)
}

// offlineJudge is an emulator of the configuration, in memory and without a
// port: what it says of a request is what the server would say. Its data folder
// and its seed are left alone.
func offlineJudge(s config.Settings) (judge *emulator.Control, done func(), err error) {
	st, err := storage.OpenMemory(storage.Options{})
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = st.Close() } // in memory: nothing can be lost
	e, err := emulator.New(emulatorConfig(s, callable(s.Listen)), st)
	if err != nil {
		done()
		return nil, nil, err
	}
	return e.NewControl(emulator.ControlOptions{Listen: s.Console, API: callable(s.Listen)}), done, nil
}

// misuse makes an error over flags of one over the question that they make.
func misuse(err error) error {
	switch {
	case errors.Is(err, emulator.ErrTwoRefusals):
		return misused("the request comes with a body of its own, so --body is one too many", "请求里已经有响应内容，不能再给 --body")
	case errors.Is(err, emulator.ErrNoRequest):
		return misused("--method and --header belong to a request, and there is none beside the body", "--method 和 --header 说的是请求，而这里只有响应内容")
	}
	return err
}

// readAt reads the flag --at; zero when it was not given.
func readAt(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := http.ParseTime(s); err == nil {
		return t, nil
	}
	t, err := config.Instant(s)
	if err != nil {
		return t, misused("--at: %v", "--at：%v", err)
	}
	return t, nil
}

// question gathers what was given.
func (c *explainCmd) question(p *process) (emulator.Question, error) {
	q := emulator.Question{Method: c.Method, Offline: true, Secret: lang.Lookup(p.env, config.EnvSecretKey)}
	header, err := readHeaders(c.Header)
	if err != nil {
		return q, err
	}
	if len(header) > 0 {
		q.Header = header
	}
	if q.At, err = readAt(c.At); err != nil {
		return q, err
	}
	switch {
	case c.Body == "-" && c.Request == "-":
		return q, misused("standard input can be read once: give - for the request or for --body, not for both",
			"标准输入只能读一次：请求和 --body 只能有一个用 -")
	case isFile(c.Request):
		q.Text, err = readBody(c.Request)
	case c.Request != "" && c.Request != "-":
		q.Text = c.Request
	case c.Request == "-" || c.Body == "":
		q.Text, err = readPasted(p, p.say(
			"Paste a URL, a command or the body of a refusal, then press Ctrl-D on a line of its own:",
			"请粘贴 URL、命令或拒绝响应的内容，然后另起一行按 Ctrl-D："))
		if err == nil && strings.TrimSpace(q.Text) == "" {
			return q, lang.Errorf("there is nothing to explain", "没有可以解释的内容")
		}
	}
	switch {
	case err != nil || c.Body == "":
	case c.Body == "-":
		q.Body, err = readPasted(p, p.say("Paste the body of the refusal, then press Ctrl-D on a line of its own:",
			"请粘贴拒绝响应的内容，然后另起一行按 Ctrl-D："))
	default:
		q.Body, err = readBody(c.Body)
	}
	if c.Body != "" && err == nil && strings.TrimSpace(q.Body) == "" {
		return q, emulator.ErrNoRefusal
	}
	return q, err
}

// readPasted reads standard input. On a terminal the reader is told what to do.
func readPasted(p *process, invitation string) (string, error) {
	if _, ok := terminalOf(p.stdin); ok {
		if _, err := fmt.Fprintln(p.stderr, invitation); err != nil {
			return "", err
		}
	}
	return readAll(p.stdin)
}

// isFile tells whether what was given to be explained is the name of a file that
// holds it. No URL and no command is the name of one.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func readBody(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, emulator.MaxPaste+1)) // one more is too long
	return string(data), err
}

var errNoTerminal = errors.New("standard input is no terminal") // askSecretOf says it

// askSecretOf asks for the SecretKey of the pair that the request names.
func askSecretOf(p *process, id string) (string, error) {
	secret, err := p.askSecret(fmt.Sprintf(p.say("SecretKey of %.80q (it is not shown): ", "%.80q 的 SecretKey（输入时不显示）："), id))
	if errors.Is(err, errNoTerminal) {
		return "", lang.Errorf("--prove: standard input is no terminal to ask on: set %s to the SecretKey of %.80q",
			"--prove：标准输入不是终端，无法询问：请把 %s 设为 %.80q 的 SecretKey", config.EnvSecretKey, id)
	}
	return strings.TrimSpace(secret), err
}
