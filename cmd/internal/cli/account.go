package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

type accountCmd struct {
	New accountNewCmd `cmd:"" settings:"server" help:"Make an account on a running server: an APPID with a key pair and buckets of its own." zh:"在运行中的服务器上创建账号：独立的 APPID、密钥和存储桶。"`
}

type accountNewCmd struct {
	Name   string   `arg:"" optional:"" help:"Name, for people." zh:"名称，供人辨认。"`
	Bucket []string `help:"Buckets, without the APPID (default: test)." placeholder:"NAME,…" zh:"存储桶，不带 APPID（默认 test）。"`
	Place  string   `name:"in" help:"Region of the buckets (default: the configured region)." placeholder:"REGION" zh:"存储桶所在的地域（默认为配置的地域）。"`
	TTL    *span    `name:"ttl" help:"Remove the account when nobody used it for this long." placeholder:"10m" zh:"超过这段时间无人使用就删除账号。"`
	Env    bool     `group:"show" help:"Print commands for a shell that export the values." zh:"输出供 shell 执行的 export 命令。"`
}

// Details is the longer help of the command.
func (accountNewCmd) Details() (en, zh string) {
	return `It prints the answer of the control API, as JSON. With --env it prints exports for a shell:

  eval "$(cosemu account new --env --bucket photos --ttl 10m)"

sets COS_APPID, COS_SECRET_ID, COS_SECRET_KEY, COS_REGION, COS_BUCKET (the first bucket, with its APPID) and COS_ENDPOINT. The SecretKey is shown this once.`,
		`它输出控制 API 的 JSON 响应。使用 --env 时输出供 shell 执行的 export 命令：

  eval "$(cosemu account new --env --bucket photos --ttl 10m)"

会设置 COS_APPID、COS_SECRET_ID、COS_SECRET_KEY、COS_REGION、COS_BUCKET（第一个存储桶，带 APPID）和 COS_ENDPOINT。SecretKey 只显示这一次。`
}

// madeAccount is the answer of the control API.
type madeAccount struct {
	AppID     string   `json:"appid"`
	SecretID  string   `json:"secret_id"`
	SecretKey string   `json:"secret_key"`
	Region    string   `json:"region"`
	Buckets   []string `json:"buckets"`
	Endpoint  string   `json:"endpoint"`
}

// Run makes the account and prints it.
func (c *accountNewCmd) Run(p *process) error {
	j, err := p.journal()
	if err != nil {
		return err
	}
	ask := map[string]any{"name": c.Name, "region": c.Place}
	if len(c.Bucket) > 0 {
		ask["buckets"] = c.Bucket
	}
	if c.TTL != nil {
		ask["ttl"] = time.Duration(*c.TTL).String()
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
	defer cancel()
	status, data, err := j.post(ctx, "/api/v1/accounts", body)
	if err != nil {
		return err
	}
	if status != http.StatusCreated {
		return j.problem(status, data)
	}
	if !c.Env {
		_, err = fmt.Fprintln(p.stdout, strings.TrimSpace(string(data)))
		return err
	}
	var a madeAccount
	if err := json.Unmarshal(data, &a); err != nil || len(a.Buckets) == 0 {
		return j.notOurs(err)
	}
	_, err = fmt.Fprint(p.stdout, a.exports())
	return err
}

// exports are the values as commands for a shell.
func (a *madeAccount) exports() string {
	var b strings.Builder
	for _, v := range [][2]string{
		{"COS_APPID", a.AppID},
		{"COS_SECRET_ID", a.SecretID},
		{"COS_SECRET_KEY", a.SecretKey},
		{"COS_REGION", a.Region},
		{"COS_BUCKET", a.Buckets[0]},
		{"COS_ENDPOINT", a.Endpoint},
	} {
		fmt.Fprintf(&b, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	return b.String()
}
