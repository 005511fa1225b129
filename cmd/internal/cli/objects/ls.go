package objects

import (
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

// List is the command ls.
type List struct {
	ServerFlags
	Path      string `arg:"" optional:"" name:"bucket/prefix" help:"What to list, such as photos or photos/a/ (default: the buckets)." zh:"要列出的路径，例如 photos 或 photos/a/（默认列出存储桶）。"`
	Recursive bool   `short:"r" help:"List the objects of all folders." zh:"列出所有目录中的对象。"`
}

// Details is the longer help of the command.
func (List) Details() (en, zh string) {
	return `It prints size, time and key of each object whose key begins with the path, and a line for each folder.

Exit codes: 0 listed, 1 nothing begins with the path, or no server answers, 2 wrong arguments.`,
		`它输出对象键以该路径开头的每个对象的大小、时间和对象键，每个目录占一行。

退出码：0 已列出，1 没有以该路径开头的对象或没有服务器响应，2 参数有误。`
}

// Run lists.
func (c *List) Run(s *Session) error {
	if c.Path == "" {
		return c.buckets(s)
	}
	at, err := s.place(c.Path)
	if err != nil {
		return err
	}
	client, err := s.Connect(s.Context, at.Bucket, c.SecretID)
	if err != nil {
		return err
	}
	delimiter := "/"
	if c.Recursive {
		delimiter = ""
	}
	found := false
	for e, err := range client.List(s.Context, at.Bucket, at.Key, delimiter) {
		if err != nil {
			return failure(err)
		}
		found = true
		if err := c.entry(s, at.Bucket, &e); err != nil {
			return err
		}
	}
	if !found && at.Key != "" {
		return lang.Errorf("nothing begins with %s", "没有以 %s 开头的对象", name(at.Bucket, at.Key))
	}
	return nil
}

// timeForm is the form of times in lists, UTC.
const timeForm = "2006-01-02 15:04:05Z"

func (c *List) entry(s *Session, bucket string, e *cosclient.Entry) error {
	switch {
	case c.JSON && e.Prefix != "":
		return s.json(&line{Bucket: bucket, Prefix: e.Prefix})
	case c.JSON:
		modified := e.Modified.UTC()
		return s.json(&line{Bucket: bucket, Key: e.Key, Size: &e.Size, ETag: e.ETag, Modified: &modified, Class: e.StorageClass})
	case e.Prefix != "":
		return s.print("%12s  %-20s  %s\n", "-", "", view.Line(e.Prefix))
	}
	return s.print("%12d  %-20s  %s\n", e.Size, e.Modified.UTC().Format(timeForm), view.Line(e.Key))
}

func (c *List) buckets(s *Session) error {
	client, err := s.Connect(s.Context, "", c.SecretID)
	if err != nil {
		return err
	}
	list, err := client.Buckets(s.Context)
	if err != nil {
		return failure(err)
	}
	for _, b := range list {
		if c.JSON {
			var created *time.Time
			if at := b.Created.UTC(); !at.IsZero() {
				created = &at
			}
			err = s.json(&line{Bucket: b.Name, Region: b.Location, Created: created})
		} else {
			err = s.print("%-20s  %-16s  %s\n", b.Created.UTC().Format(timeForm), view.Line(b.Location), view.Line(b.Name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
