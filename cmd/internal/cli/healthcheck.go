package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

type healthcheckCmd struct {
	Wait span `help:"Ask again until the server is ready, for at most this long." placeholder:"30s" zh:"一直重试到服务器就绪，最长这么久。"`
}

const (
	firstPause = 5 * time.Millisecond
	mostPause  = 250 * time.Millisecond
	oneTry     = 2 * time.Second // for one answer
)

// Run asks once, or until the server is ready or the time is over.
func (c *healthcheckCmd) Run(p *process) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	if _, port, _ := net.SplitHostPort(s.Console); port == "0" && s.ReadyFile == "" {
		return misused("the control listener takes a free port, so --ready-file or --console has to say which",
			"控制端口是任选的空闲端口，请用 --ready-file 或 --console 指明")
	}
	ctx := context.Background()
	if c.Wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.Wait))
		defer cancel()
	}
	client := &http.Client{Transport: controlTransport(s), Timeout: oneTry}
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		err := askHealth(ctx, client, s)
		if err == nil {
			_, err = fmt.Fprintln(p.stdout, "ready")
			return err
		}
		if c.Wait <= 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return lang.Errorf("not ready after %s: %v", "%s 后仍未就绪：%v", time.Duration(c.Wait), err)
		case <-time.After(pause):
		}
	}
}

// askHealth asks the control listener once.
func askHealth(ctx context.Context, client *http.Client, s config.Settings) error {
	addr, err := consoleAddress(s)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, baseURL(addr)+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(res.Body, 512)) // as far as it can be read
		return lang.Errorf("%s answers %s: %s", "%s 返回 %s：%s", addr, res.Status, said)
	}
	return nil
}

// consoleAddress is the control listener's address: from the ready file, else
// from the setting.
func consoleAddress(s config.Settings) (string, error) {
	if s.ReadyFile == "" {
		return callable(s.Console), nil
	}
	r, err := readReadyFile(s.ReadyFile)
	return r.Console, err
}
