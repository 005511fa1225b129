package ops

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

// postObject stores the file of a form (COS docs: POST Object). It streams:
// neither the file nor the form is ever held in memory.
func postObject(env *call.Env, c *call.Call) (*call.Reply, error) {
	unmet := c.Auth.CheckConditions(c.Bucket.Name)
	if unmet != nil {
		c.Out.FormProblem = form.ProblemOf(unmet)
	}
	if err := c.Refuse(env.Mode, unmet); err != nil {
		return nil, err
	}
	header, cerr := c.Form.Header()
	if cerr != nil {
		return nil, cerr
	}
	meta, err := readMetadata(c, header)
	if err != nil {
		return nil, err
	}
	// The Mini Program sends this one beside the form (cos-wx-sdk-v5 postObject).
	meta.forbidOverwrite = meta.forbidOverwrite || strings.EqualFold(call.First(c.HTTP.Header, "X-Cos-Forbid-Overwrite"), "true")
	if err := checkKey(c.Key()); err != nil {
		return nil, err
	}
	sum, cerr := c.Form.ContentMD5()
	if cerr != nil {
		return nil, cerr
	}
	pace, err := env.ReadTraffic(c, header)
	if err != nil {
		return nil, err
	}
	file := env.Incoming(c, c.Auth.LimitSize(c.Form.File), pace)
	object, err := receive(env, c, &meta, body.Spec{Length: -1, MD5: sum, Limit: maxObject}, file)
	if err != nil {
		return nil, err
	}
	rep := putReply(c, &object)
	success := c.Form.Success(c.Bucket.Name, c.Request.Host, object.ETag)
	rep.Status = success.Status
	rep.Add("Location", success.Location)
	return rep, nil
}
